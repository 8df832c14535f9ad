import type { PredictService } from '../predict-service.ts'
import { asStatusError } from '../status.ts'
import type { ServerMetrics } from './server-metrics.ts'

/**
 * Counts calls that fail, by model and status: those that succeed are counted where they are measured. Names that
 * stand for no model share the empty name's cell: whoever asks must not be able to make cells.
 */
export function meteredService(service: PredictService, metrics: ServerMetrics): PredictService {
  return {
    ...service,
    answer(call) {
      const answer = service.answer(call)
      answer.catch((thrown: unknown) => {
        const model = service.models().includes(call.model) ? call.model : ''
        metrics.requestCount.cell(model, asStatusError(thrown).code).value++
      })
      return answer
    },
  }
}
