import type { cloudWatch, Handlers } from '@sagebrush/api'
import type { RequestContext } from '../context.ts'
import { admitData } from './admit-data.ts'
import { getMetricData } from './reading/get-metric-data.ts'
import { getMetricStatistics } from './reading/get-metric-statistics.ts'
import { listMetrics } from './reading/list-metrics.ts'
import type { MetricStore } from './store/metric-store.ts'

export interface MetricsParts {
  readonly store: MetricStore
  readonly clock: () => Date
}

/** CloudWatch's metrics. They are the same in every region. */
export function metricsHandlers({ store, clock }: MetricsParts): Handlers<typeof cloudWatch, RequestContext> {
  return {
    async PutMetricData(input) {
      store.put(admitData(input, clock()))
      return {}
    },
    GetMetricStatistics: async (input) => getMetricStatistics(input, store),
    GetMetricData: async (input) => getMetricData(input, store),
    ListMetrics: async (input) => listMetrics(input, store, clock()),
  }
}
