import type { ApiError, ApiErrorType } from './errors.ts'
import type { HttpRequest, HttpResponse } from './http.ts'
import type { Shape } from './shape.ts'

// biome-ignore lint/suspicious/noExplicitAny: tables hold operations of every input and output
export interface Operation<N extends string = string, I = any, O = any> {
  readonly name: N
  readonly input: Shape<I>
  readonly output: Shape<O>
  readonly errors: readonly ApiErrorType[]
  /** REST protocols only. */
  readonly http?: HttpRoute
  /** Root element of a rest-xml answer's body; `<name>Result` without one. */
  readonly xmlName?: string
}

/** Where a REST operation is met. Of several that fit a request, the one that asks for most wins. */
export interface HttpRoute {
  readonly method: string
  /**
   * Holds `{Label}` and, last, greedy `{Label+}`. May end in fixed query text: `/{Bucket}?uploads` asks for the
   * name with any value, `/{Bucket}?list-type=2` for this value.
   */
  readonly path: string
  /** A request header that must be there: `x-amz-copy-source`. */
  readonly header?: string
  /** Of a success; 200 without one. An answer that has a Content-Range is a 206. */
  readonly status?: number
}

/** Declares an operation with its own name as its type, from which clients and handlers derive. */
export function operation<const N extends string, I, O>(op: Operation<N, I, O>): Operation<N, I, O> {
  return op
}

export interface Service<Ops extends readonly Operation[] = readonly Operation[]> {
  /** The name in a signature's credential scope: `sagemaker`, `s3`, `logs`, `sts`, `iam`. */
  readonly signingName: string
  /** `2017-07-24`; the query protocol sends it. */
  readonly apiVersion: string
  /** `SageMaker`, `Logs_20140328`: what stands before the dot in X-Amz-Target, and in the paths of RPC v2. */
  readonly targetPrefix?: string
  /**
   * Further query names that stand for operations of their own (`acl`, `tagging`), though none is declared: a request
   * that has one matches nothing, rather than an operation which would misread it.
   */
  readonly subresources?: readonly string[]
  /** This service's own codes for errors that are not its own: `{ ValidationException: 'ValidationError' }`. */
  readonly errorCodes?: Readonly<Record<string, string>>
  /**
   * What JSON and CBOR answers call errors, by their codes: `{ InvalidNextToken: 'InvalidNextTokenException' }`. Of a
   * service that once spoke the query protocol: its codes go along in a header.
   */
  readonly errorShapes?: Readonly<Record<string, string>>
  /** Namespace of XML answers. */
  readonly xmlNamespace?: string
  readonly protocol: Protocol
  readonly operations: Ops
}
/** Declares a service with its operations as its type, from which clients and handlers derive. */
export function service<const Ops extends readonly Operation[]>(s: Service<Ops>): Service<Ops> {
  return s
}

export interface Match {
  readonly operation: Operation
  /** To be used from now on: the body of the one given may have been read. */
  readonly request: HttpRequest
}

/** One wire protocol, read and written from both sides, so that server and client share it. */
export interface Protocol {
  /** The operation a request asks for; undefined when the service has none such. */
  match(service: Service, request: HttpRequest): Promise<Match | undefined>
  /** The error for a request that matches nothing, in this protocol's words. */
  unknownOperation(request: HttpRequest): ApiError
  /** Throws SerializationException (S3: MalformedXML) for a body that is not of the shape. Does not check limits. */
  readInput(service: Service, operation: Operation, request: HttpRequest): Promise<unknown>
  writeOutput(service: Service, operation: Operation, output: unknown, requestId: string): HttpResponse
  writeError(service: Service, error: ApiError, requestId: string): HttpResponse
  /** Client side. */
  writeInput(service: Service, operation: Operation, input: unknown): HttpRequest
  /** Client side. Throws ApiError. */
  readOutput(service: Service, operation: Operation, response: HttpResponse): Promise<unknown>
}

type OperationNamed<S extends Service, N> = Extract<S['operations'][number], { name: N }>
type OperationNames<S extends Service> = S['operations'][number]['name']
export type InputOf<S extends Service, N extends OperationNames<S>> =
  OperationNamed<S, N> extends Operation<string, infer I, unknown> ? I : never
export type OutputOf<S extends Service, N extends OperationNames<S>> =
  OperationNamed<S, N> extends Operation<string, unknown, infer O> ? O : never

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}
/** One typed method per operation. */
export type Client<S extends Service> = {
  [N in OperationNames<S>]: OperationNamed<S, N> extends Operation<string, infer I, infer O>
    ? (input: I, options?: CallOptions) => Promise<O>
    : never
}
/** One typed handler per operation: a missing or an extra one does not compile. */
export type Handlers<S extends Service, C> = {
  [N in OperationNames<S>]: OperationNamed<S, N> extends Operation<string, infer I, infer O>
    ? (input: I, context: C) => Promise<O>
    : never
}
