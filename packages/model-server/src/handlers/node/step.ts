import type { FaceResponse } from '../../faces/http.ts'
import type { HandlerContext } from '../user-code.ts'

/** One function call of user code: `handler`, `inputHandler` or `outputHandler`. */
export interface Step {
  /** The request's body, or what the model answered. */
  readonly given:
    | { readonly kind: 'request'; readonly body: Uint8Array }
    | { readonly kind: 'output'; readonly response: FaceResponse; readonly input: PlacedInput | undefined }
  readonly context: HandlerContext
  readonly callModel: (body: Uint8Array) => Promise<FaceResponse>
  readonly isAbandoned: () => boolean
  /** When the request came, on `performance.now()`'s clock. */
  readonly cameAt: number
  readonly settle: (end: StepEnd) => void
}

/** Where a request's context has been kept since its input step. */
export interface PlacedInput {
  readonly thread: { readonly forget: (input: number) => void }
  readonly step: number
}

export type StepEnd =
  | { readonly kind: 'input'; readonly body: Uint8Array; readonly input: PlacedInput }
  | { readonly kind: 'answer'; readonly body: Uint8Array; readonly contentType: string }
  | { readonly kind: 'thrown'; readonly message: string; readonly statusCode: number | undefined }
  /** The thread ended in the middle, or could not be started. */
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'too slow'; readonly limit: 'handler' | 'answer' }
