export { type ClientOptions, createClient } from './client.ts'
export {
  ApiError,
  type ApiErrorOptions,
  type ApiErrorType,
  errorType,
  InternalFailure,
  RequestEntityTooLarge,
  SerializationException,
  UnknownOperationException,
  ValidationException,
} from './errors.ts'
export {
  type Bytes,
  bytesOf,
  type HeldBytes,
  type HttpRequest,
  type HttpResponse,
  heldBytes,
  readAll,
} from './http.ts'
export { ConnectionError, httpSend, type Send, type SendOptions } from './http-send.ts'
export { iam } from './iam/service.ts'
export { logs } from './logs/service.ts'
export {
  InvalidParameterException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from './logs/shapes.ts'
export { cloudWatch, cloudWatchFaces } from './monitoring/service.ts'
export {
  InvalidNextToken,
  InvalidParameterCombination,
  InvalidParameterValue,
  MissingParameter,
} from './monitoring/shapes.ts'
export { awsJson11 } from './protocols/aws-json.ts'
export { query } from './protocols/query.ts'
export { restJson1 } from './protocols/rest-json.ts'
export { restXml } from './protocols/rest-xml.ts'
export { rpcV2Cbor } from './protocols/rpc-v2-cbor.ts'
export {
  algorithmNamed,
  type ChecksumMembers,
  type ChecksumValue,
  checksumClaim,
  checksumsIn,
  wrongChecksum,
} from './s3/body-claims.ts'
export { type BodyFacts, type CheckedBody, checkedBody } from './s3/checked-body.ts'
export { type ChecksumAlgorithm, createChecksum } from './s3/checksums/checksum.ts'
export {
  AccessDenied,
  BadDigest,
  BucketAlreadyOwnedByYou,
  BucketNotEmpty,
  EntityTooSmall,
  IllegalLocationConstraintException,
  IncompleteBody,
  InsufficientStorage,
  InternalError,
  InvalidArgument,
  InvalidBucketName,
  InvalidDigest,
  InvalidPart,
  InvalidPartNumber,
  InvalidPartOrder,
  InvalidRange,
  InvalidRequest,
  InvalidStorageClass,
  InvalidTag,
  KeyTooLongError,
  MalformedXML,
  MetadataTooLarge,
  NoSuchBucket,
  NoSuchKey,
  NoSuchUpload,
  NotImplemented,
  NotModified,
  OperationAborted,
  PreconditionFailed,
  RequestTimeout,
} from './s3/errors.ts'
export { s3 } from './s3/service.ts'
export { type Owner, partitionOf, resourceArn } from './sagemaker/resource-arn.ts'
export { ResourceInUse, ResourceLimitExceeded, ResourceNotFound } from './sagemaker/resource-shapes.ts'
export { sagemaker } from './sagemaker/service.ts'
export {
  ModelError,
  ModelNotReadyException,
  ServiceUnavailable,
  ValidationError,
} from './sagemaker-runtime/invoke-endpoint.ts'
export { sagemakerRuntime } from './sagemaker-runtime/service.ts'
export {
  type CallOptions,
  type Client,
  type Handlers,
  type HttpRoute,
  type InputOf,
  type Match,
  type Operation,
  type OutputOf,
  operation,
  type Protocol,
  type Service,
  service,
} from './service.ts'
export {
  type AnyMember,
  type AnyShape,
  blob,
  boolean,
  document,
  double,
  type Infer,
  integer,
  type ListShape,
  list,
  type MapShape,
  map,
  nodeOf,
  oneOf,
  optional,
  required,
  type Shape,
  type ShapeNode,
  type StringShape,
  type StructureShape,
  stream,
  string,
  structure,
  timestamp,
} from './shape.ts'
export {
  type Claim,
  type Credentials,
  type ErrorFamily,
  errorFamily,
  isRefusal,
  type Refusal,
  readClaim,
  refusalError,
  type SignOptions,
  signRequest,
  trailersOf,
  trustRequest,
  type VerifyOptions,
  verifyRequest,
} from './sigv4/index.ts'
export { sts } from './sts/service.ts'
export { validateInput } from './validate.ts'
