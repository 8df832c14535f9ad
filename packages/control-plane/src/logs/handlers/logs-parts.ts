import type { LogStore } from '../store/log-store.ts'

/** What the handlers of CloudWatch Logs use. */
export interface LogsParts {
  readonly store: LogStore
  readonly clock: () => Date
}
