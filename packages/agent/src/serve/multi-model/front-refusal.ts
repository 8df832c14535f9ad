/**
 * Why the platform itself does not let a request through to the container: told to the control plane as
 * `x-sagebrush-error: <code>` with the message as body, and by it to the caller.
 */
export class FrontRefusal extends Error {
  override readonly name = 'FrontRefusal'
  readonly code: keyof typeof refusalStatus
  constructor(code: FrontRefusal['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export const refusalStatus = {
  ValidationError: 400,
  ModelNotReadyException: 429,
  InternalFailure: 500,
  ServiceUnavailable: 503,
} as const

/** The container did not load the model: its own answer, which becomes the caller's ModelError. */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure'
  readonly status: number
  readonly body: string
  constructor({ status, body }: { readonly status: number; readonly body: string }) {
    super(`the container answered ${status}: ${body}`)
    this.status = status
    this.body = body
  }
}
