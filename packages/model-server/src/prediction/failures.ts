import { asStatusError, type StatusError } from '../status.ts'
import type { PredictService } from './predict-service.ts'

export type FailureWatcher = (model: string, error: StatusError) => void

/** The same service, which tells of each call that fails. */
export function watchFailures(service: PredictService, watch: FailureWatcher): PredictService {
  return {
    ...service,
    answer(call) {
      const answer = service.answer(call)
      answer.catch((thrown: unknown) => watch(call.model, asStatusError(thrown)))
      return answer
    },
  }
}
