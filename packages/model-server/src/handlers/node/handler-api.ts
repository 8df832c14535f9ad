/**
 * What `code/inference.ts` in a model's archive is written against: either `handler`, or `inputHandler` and
 * `outputHandler`; all may be async. With `handler` the other two are not used.
 *
 *     export const inputHandler: InputHandler = (data) => ({ instances: data.json() })
 *     export const outputHandler: OutputHandler = (response, context) => [response.content, context.acceptHeader]
 */
export type InputHandler = (data: HandlerData, context: Context) => HandlerBody | Promise<HandlerBody>

/** The answer's status is 200; an error that is thrown has 500, or its own `statusCode`. */
export type OutputHandler = (
  response: ModelResponse,
  context: Context,
) => HandlerAnswer | Promise<HandlerAnswer>

/** Has the request to itself: it calls the model by `context.callModel`, several times, or not at all. */
export type Handler = (data: HandlerData, context: Context) => HandlerAnswer | Promise<HandlerAnswer>

/** Text is sent as UTF-8, bytes as they are, any other value as JSON. */
export type HandlerBody = string | Uint8Array | JsonValue

export type HandlerAnswer = readonly [body: HandlerBody, contentType: string]

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

/** The bytes of a body: a Buffer with two short cuts. */
export interface HandlerData extends Uint8Array {
  /** Throws where the bytes are not UTF-8. */
  text(): string
  /** Throws where the bytes are not JSON. */
  json<Value = unknown>(): Value
  toString(encoding?: 'utf8' | 'base64' | 'base64url' | 'hex' | 'latin1'): string
}

/** What the model answered, also where that is an error. */
export interface ModelResponse {
  readonly statusCode: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly content: HandlerData
  text(): string
  json<Value = unknown>(): Value
}

/** One request. The same object is given to `inputHandler` and to `outputHandler`. */
export interface Context {
  /** Undefined unless the request names one: not the default model. */
  readonly modelName: string | undefined
  readonly modelVersion: string | undefined
  /** Undefined stands for predict. */
  readonly method: string | undefined
  /** TensorFlow Serving's REST address of the model, with the verb. */
  readonly restUri: string
  /** TensorFlow Serving's gRPC API on this host. */
  readonly grpcPort: number
  /** The header as it came. */
  readonly customAttributes: string | undefined
  /** As it came, parameters included; `application/json` where there is none. */
  readonly requestContentType: string
  /** As it came; `application/json` where there is none. */
  readonly acceptHeader: string
  /** In bytes. */
  readonly contentLength: number | undefined
  /** From `X-Request-Id` or `X-Amzn-RequestId`. */
  readonly requestId?: string | undefined
  /** From `traceparent`, the W3C trace context: to be sent along with calls that the handler makes. */
  readonly traceParent?: string | undefined
  /** What a POST to `restUri` answers, without the way through a socket. */
  callModel(body: HandlerBody): Promise<ModelResponse>
}

/** Thrown by a handler, it becomes the answer: `{"error": message}` with this status, from 400 to 599. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'
  readonly statusCode: number

  constructor(statusCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.statusCode = statusCode
  }
}
