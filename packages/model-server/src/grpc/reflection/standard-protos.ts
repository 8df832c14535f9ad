import type { ProtoFile } from './proto-file.ts'

/** Source: google/protobuf, grpc/health/v1 and grpc/reflection. */
export const standardProtos: readonly ProtoFile[] = [
  {
    path: 'google/protobuf/any.proto',
    package: 'google.protobuf',
    text: `
      message Any
        type_url 1 string
        value 2 bytes`,
  },
  {
    path: 'google/protobuf/wrappers.proto',
    package: 'google.protobuf',
    text: `
      message Int64Value
        value 1 int64`,
  },
]

export const healthProto: ProtoFile = {
  path: 'grpc/health/v1/health.proto',
  package: 'grpc.health.v1',
  text: `
    message HealthCheckRequest
      service 1 string
    message HealthCheckResponse
      status 1 HealthCheckResponse.ServingStatus
    message HealthListRequest
    message HealthListResponse
      statuses 1 map<string, HealthCheckResponse>
    enum HealthCheckResponse.ServingStatus
      UNKNOWN 0
      SERVING 1
      NOT_SERVING 2
      SERVICE_UNKNOWN 3
    service Health
      Check HealthCheckRequest -> HealthCheckResponse
      List HealthListRequest -> HealthListResponse
      Watch HealthCheckRequest -> stream HealthCheckResponse`,
}

/** The service of the same messages under both of its names. */
export const reflectionProtos: readonly ProtoFile[] = ['v1', 'v1alpha'].map((version) => ({
  path: `grpc/reflection/${version}/reflection.proto`,
  package: `grpc.reflection.${version}`,
  text: `
    service ServerReflection
      ServerReflectionInfo stream ServerReflectionRequest -> stream ServerReflectionResponse
    message ServerReflectionRequest
      host 1 string
      file_by_filename 3 string | message_request
      file_containing_symbol 4 string | message_request
      file_containing_extension 5 ExtensionRequest | message_request
      all_extension_numbers_of_type 6 string | message_request
      list_services 7 string | message_request
    message ExtensionRequest
      containing_type 1 string
      extension_number 2 int32
    message ServerReflectionResponse
      valid_host 1 string
      original_request 2 ServerReflectionRequest
      file_descriptor_response 4 FileDescriptorResponse | message_response
      all_extension_numbers_response 5 ExtensionNumberResponse | message_response
      list_services_response 6 ListServiceResponse | message_response
      error_response 7 ErrorResponse | message_response
    message FileDescriptorResponse
      file_descriptor_proto 1 repeated bytes
    message ExtensionNumberResponse
      base_type_name 1 string
      extension_number 2 repeated int32
    message ListServiceResponse
      service 1 repeated ServiceResponse
    message ServiceResponse
      name 1 string
    message ErrorResponse
      error_code 1 int32
      error_message 2 string`,
}))
