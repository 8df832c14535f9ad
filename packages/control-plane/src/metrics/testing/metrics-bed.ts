import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { cloudWatch, Handlers, InputOf, OutputOf } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import { openDatabase, type SqliteDatabase } from '../../store/sqlite.ts'
import { metricsHandlers } from '../metrics-handlers.ts'
import { sqliteMetricStore } from '../store/metric-store.ts'

export type Datum = NonNullable<InputOf<typeof cloudWatch, 'PutMetricData'>['MetricData']>[number]

export const now = new Date('2026-11-21T12:00:30Z')
/** Of the hour before now. */
export const at = (minute: number, second = 0) => new Date(Date.UTC(2026, 10, 21, 11, minute, second))
export const context: RequestContext = {
  requestId: 'r',
  region: 'us-west-2',
  account: '123456789012',
  signal: new AbortController().signal,
}
export const Namespace = '/aws/sagemaker/TrainingJobs'
export const job = (Value: string) => [{ Name: 'TrainingJobName', Value }]
export const loss = (Value: number, Timestamp: Date, more: Partial<Datum> = {}): Datum => ({
  MetricName: 'loss',
  Dimensions: job('mnist'),
  Value,
  Timestamp,
  ...more,
})

export type Statistics = InputOf<typeof cloudWatch, 'GetMetricStatistics'>

/** A question for the averages of the losses of `mnist`. */
export const asked = (more: Partial<Statistics> = {}): Statistics => ({
  Namespace,
  MetricName: 'loss',
  Dimensions: job('mnist'),
  StartTime: at(0),
  EndTime: at(59),
  Period: 60,
  Statistics: ['Average'],
  ...more,
})

type Datapoints = OutputOf<typeof cloudWatch, 'GetMetricStatistics'>['Datapoints']

/** CloudWatch's handlers over a store of their own; the time is always `now`. */
export interface MetricsBed extends Disposable {
  readonly handlers: Handlers<typeof cloudWatch, RequestContext>
  put(...data: Datum[]): Promise<unknown>
  /** The answer to what is `asked`. */
  statistics(more?: Partial<Statistics>): Promise<Datapoints>
  /** Its times and averages. */
  averages(more?: Partial<Statistics>): Promise<unknown>
  /** As a new server begins. */
  reopen(): void
}

export function openMetricsBed(): MetricsBed {
  const directory = mkdtempSync(join(tmpdir(), 'sagebrush-metrics-'))
  let database: SqliteDatabase
  let handlers: MetricsBed['handlers']
  const open = () => {
    database = openDatabase(directory)
    handlers = metricsHandlers({ store: sqliteMetricStore(database), clock: () => now })
  }
  open()
  const statistics = async (more?: Partial<Statistics>) =>
    (await handlers.GetMetricStatistics(asked(more), context)).Datapoints
  return {
    statistics,
    averages: async (more) => (await statistics(more))?.map(({ Timestamp, Average }) => [Timestamp, Average]),
    get handlers() {
      return handlers
    },
    put: (...MetricData) => handlers.PutMetricData({ Namespace, MetricData }, context),
    reopen() {
      database.close()
      open()
    },
    [Symbol.dispose]() {
      database.close()
      rmSync(directory, { recursive: true })
    },
  }
}
