export {
  ApiError,
  type ApiErrorType,
  errorType,
  InternalFailure,
  SerializationException,
  UnknownOperationException,
  ValidationException,
} from './errors.ts'
export { type Bytes, bytesOf, type HttpRequest, type HttpResponse, readAll, splitTarget } from './http.ts'
export { logs } from './logs/service.ts'
export {
  InvalidParameterException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from './logs/shapes.ts'
export { ModelError, ServiceUnavailable, ValidationError } from './sagemaker-runtime/invoke-endpoint.ts'
export { sagemakerRuntime } from './sagemaker-runtime/service.ts'
export {
  type CallOptions,
  type Client,
  type Handlers,
  type InputOf,
  type Operation,
  type OutputOf,
  operation,
  type Protocol,
  type Service,
  service,
} from './service.ts'
export {
  blob,
  boolean,
  document,
  double,
  type Infer,
  integer,
  list,
  map,
  oneOf,
  optional,
  required,
  type Shape,
  stream,
  string,
  structure,
  timestamp,
} from './shape.ts'
