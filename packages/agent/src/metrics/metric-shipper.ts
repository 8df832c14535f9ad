import { type Client, type ClientOptions, cloudWatch, createClient } from '@sagebrush/api'
import { type RetryOptions, retrying } from '../retry.ts'
import type { Measurement } from './definitions/search-lines.ts'
import { type StatisticSet, StatisticSets, setKey } from './statistic-sets.ts'

/** What the agent needs of CloudWatch. */
export type MetricsClient = Pick<Client<typeof cloudWatch>, 'PutMetricData' | 'GetMetricStatistics'>

/** One try for each call: `retrying` knows how long to wait, and what must be asked before a second one. */
export function metricsClient(options: ClientOptions): MetricsClient {
  return createClient(cloudWatch, { ...options, attempts: 1 })
}

export interface MetricShipperOptions {
  readonly client: MetricsClient
  readonly trainingJob: string
  /** The host that the metrics are of, `algo-1`, all in percent; without one they are the job's. */
  readonly host?: string
  /** How often values are sent; 5 s. */
  readonly pauseMilliseconds?: number
  readonly patience?: RetryOptions
}

export interface MetricShipper {
  /** Values to be sent soon, all of this time. */
  add(measurements: readonly Measurement[], at: Date): void
  /** Resolves when all that was added is stored; throws when patience ended before. Nothing may be added then. */
  finish(): Promise<void>
}

/** Source: SageMaker, "Monitor training jobs with Amazon CloudWatch". */
const Namespace = '/aws/sagemaker/TrainingJobs'
const setsOfCall = 500

/**
 * Sends a job's metrics by the minute, as values while they are few, else as statistic sets. A server that is away is waited for in bounded memory. A call
 * that broke off is asked about before it is repeated, so that no value counts twice.
 */
export function shipMetrics(options: MetricShipperOptions): MetricShipper {
  const waiting = new StatisticSets()
  const store = storing(options)
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> = Promise.resolve()

  const send = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    sending = sending.then(async () => {
      for (let sets = waiting.take(setsOfCall); sets.length > 0; sets = waiting.take(setsOfCall))
        await store(sets)
    })
    // The error belongs to whoever calls finish(); until then it must not end the process.
    sending.catch(() => {})
    return sending
  }

  return {
    add(measurements, at) {
      if (measurements.length === 0) return
      waiting.add(measurements, Math.floor(at.getTime() / 60_000))
      timer ??= setTimeout(send, options.pauseMilliseconds ?? 5_000)
    },
    finish: send,
  }
}

function storing({ client, trainingJob, host, patience }: MetricShipperOptions) {
  const Dimensions = [
    host === undefined
      ? { Name: 'TrainingJobName', Value: trainingJob }
      : { Name: 'Host', Value: `${trainingJob}/${host}` },
  ]
  const datumOf = ({ name, minute, ...set }: StatisticSet) => ({
    MetricName: name,
    Dimensions,
    Timestamp: new Date(minute * 60_000),
    ...(host === undefined ? {} : { Unit: 'Percent' as const }),
    ...valuesOf(set),
  })
  const countStored = async ({ name, minute }: StatisticSet): Promise<number> => {
    const found = await client.GetMetricStatistics({
      Namespace,
      MetricName: name,
      Dimensions,
      StartTime: new Date(minute * 60_000),
      EndTime: new Date((minute + 1) * 60_000),
      Period: 60,
      Statistics: ['SampleCount'],
    })
    return found.Datapoints?.[0]?.SampleCount ?? 0
  }
  /** By metric and minute: how many values have been stored so far. */
  const stored = new Map<string, number>()

  return async (sets: readonly StatisticSet[]): Promise<void> => {
    const [first] = sets
    if (!first) return
    let attempted = false
    await retrying(async () => {
      // A call is stored as a whole or not at all.
      if (attempted && (await countStored(first)) > (stored.get(setKey(first)) ?? 0)) return
      attempted = true
      await client.PutMetricData({ Namespace, MetricData: sets.map(datumOf) })
    }, patience)
    for (const set of sets) stored.set(setKey(set), (stored.get(setKey(set)) ?? 0) + set.count)
    forgetBefore(stored, first.minute)
  }
}

function valuesOf({ values, count, sum, minimum, maximum }: Omit<StatisticSet, 'name' | 'minute'>) {
  if (values) return { Values: [...values.keys()], Counts: [...values.values()] }
  return { StatisticValues: { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum } }
}

/** Minutes come in order: of those that are over nothing is sent any more. */
function forgetBefore(stored: Map<string, number>, minute: number): void {
  for (const key of stored.keys()) if (Number.parseInt(key, 10) < minute) stored.delete(key)
}
