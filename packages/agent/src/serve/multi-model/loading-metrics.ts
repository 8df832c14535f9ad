import type { MetricsClient } from '../../metrics/metric-shipper.ts'
import { type StatisticSet, StatisticSets } from '../../metrics/statistic-sets.ts'

/** Microseconds, but for the hits and the count. Source: AWS, "Monitor Amazon SageMaker with Amazon CloudWatch". */
export type LoadingMetric =
  | 'ModelLoadingWaitTime'
  | 'ModelDownloadingTime'
  | 'ModelLoadingTime'
  | 'ModelUnloadingTime'
  /** 1 for a request whose model was there, else 0. */
  | 'ModelCacheHit'
  | 'LoadedModelCount'

export interface LoadingMetrics extends AsyncDisposable {
  add(metric: LoadingMetric, value: number): void
}

export interface LoadingMetricsOptions {
  readonly client: MetricsClient
  readonly endpointName: string
  readonly variantName: string
  readonly now: () => Date
  /** Between two calls. Default 10. */
  readonly pauseSeconds?: number
}

const setsOfCall = 500

/**
 * What CloudWatch is told of a multi-model endpoint's instance, as statistics of each minute. Figures, not facts: what
 * cannot be sent is dropped. Disposing it sends the rest.
 */
export function loadingMetrics(options: LoadingMetricsOptions): LoadingMetrics {
  const waiting = new StatisticSets()
  let timer: NodeJS.Timeout | undefined
  return {
    add(name, value) {
      waiting.add([{ name, value }], Math.floor(options.now().getTime() / 60_000))
      timer ??= setTimeout(send, (options.pauseSeconds ?? 10) * 1000)
    },
    [Symbol.asyncDispose]: send,
  }

  async function send(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const sets = waiting.take(setsOfCall)
    const [counts, times] = [sets.filter(isCount), sets.filter((set) => !isCount(set))]
    await Promise.all([put('/aws/sagemaker/Endpoints', counts), put('AWS/SageMaker', times)])
  }

  async function put(Namespace: string, sets: readonly StatisticSet[]): Promise<void> {
    if (sets.length === 0) return
    const MetricData = sets.map((set) => datumOf(set, options))
    await options.client.PutMetricData({ Namespace, MetricData }).catch(() => undefined)
  }
}

const isCount = ({ name }: StatisticSet): boolean => name === 'LoadedModelCount'
const isMoment = ({ name }: StatisticSet): boolean => name !== 'LoadedModelCount' && name !== 'ModelCacheHit'

function datumOf(set: StatisticSet, { endpointName, variantName }: LoadingMetricsOptions) {
  const { name, minute, count, sum, minimum, maximum } = set
  return {
    MetricName: name,
    Dimensions: [
      { Name: 'EndpointName', Value: endpointName },
      { Name: 'VariantName', Value: variantName },
    ],
    Timestamp: new Date(minute * 60_000),
    Unit: isMoment(set) ? ('Microseconds' as const) : ('None' as const),
    StatisticValues: { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum },
  }
}
