import type { StageTimes } from '../metrics/request-clock.ts'
import type { DocumentRequest } from '../prediction/documents.ts'
import type { SharedServable } from '../servable.ts'
import type { StatusCode } from '../status.ts'

/** From the pool to a worker. `key` names a servable that `attach` told of; `body` is moved, not copied. */
export type ToWorker =
  | { readonly kind: 'attach'; readonly key: number; readonly shared: SharedServable }
  | { readonly kind: 'detach'; readonly key: number }
  | { readonly kind: 'answer'; readonly key: number; readonly request: DocumentRequest }

/** One per `answer`, in order. */
export type FromWorker =
  | {
      readonly kind: 'answer'
      readonly body: Uint8Array
      readonly micros: number
      /** Where the version has a meter. */
      readonly times?: StageTimes
    }
  | { readonly kind: 'error'; readonly code: StatusCode; readonly message: string }
