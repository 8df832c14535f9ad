import type { FaceRequest, FaceResponse } from '../faces/http.ts'

/** The user's own code between `/invocations` and the models: `code/inference.py`, or `code/inference.ts`. */
export interface UserCode extends AsyncDisposable {
  /** Never rejects: what the code throws has an answer. */
  answer(call: UserCodeCall): Promise<FaceResponse>
}

export interface UserCodeCall {
  readonly request: FaceRequest
  readonly context: HandlerContext
  /** What a POST of the body to `context.restUri` answers, without the way through a socket. Never rejects. */
  readonly callModel: (body: Uint8Array) => Promise<FaceResponse>
}

/**
 * What a handler is told about the request; each language spells it in its own way.
 * Source: SageMaker TensorFlow Serving container, python_service.py.
 */
export interface HandlerContext {
  /** Undefined unless a header or the path names one: not the default model. */
  readonly modelName: string | undefined
  readonly modelVersion: string | undefined
  /** Undefined stands for predict. */
  readonly method: string | undefined
  /** TensorFlow Serving's REST address of the model, with the verb. */
  readonly restUri: string
  readonly grpcPort: number
  /** The header as it came. */
  readonly customAttributes: string | undefined
  readonly requestContentType: string
  readonly acceptHeader: string
  /** In bytes. */
  readonly contentLength: number | undefined
  /** What the client, or the platform before the server, calls this request. */
  readonly requestId?: string | undefined
  /** W3C trace context, to be passed on with calls that the handler makes. */
  readonly traceParent?: string | undefined
}

/** Why user code cannot be started; the message is for the person who wrote it. */
export class UserCodeError extends Error {
  override readonly name = 'UserCodeError'
}
