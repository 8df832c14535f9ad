import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Credentials } from '@sagebrush/api'
import { messageOf } from '../../failure-reason.ts'
import type { TrainPlan } from '../../plan/host-plan.ts'
import type { Measurement } from '../definitions/search-lines.ts'
import { type MetricShipper, metricsClient, shipMetrics } from '../metric-shipper.ts'
import type { Meter, Usage } from './usage.ts'

/** The first looks come sooner, for the sake of short jobs. */
const FIRST_PAUSE_MILLISECONDS = 250
const PAUSE_MILLISECONDS = 10_000
const SHIPPING_MILLISECONDS = 1_000
/** A job that has ended does not wait for these metrics longer while the server is away. */
const STORING_MILLISECONDS = 2_000
/** A last look that comes sooner after another tells too little to count as much. */
const TELLING_MILLISECONDS = 1_000

export interface MeasureOptions {
  readonly plan: TrainPlan
  readonly credentials: Credentials
  /** Where the job's files are. */
  readonly directory: string
  readonly meter: Meter
  /** Hears what could not be stored. */
  readonly say: (line: string) => void
}

/**
 * Tells CloudWatch what a host's programs take, from now until it is disposed of, when the rest is stored: `CPUUtilization`
 * (100 for each processor), `MemoryUtilization` of what the host may have, `DiskUtilization` of the file system that the
 * job's files are on. Source: SageMaker, "Training job and endpoint instance metrics".
 */
export function measureHost({ plan, say, credentials, ...seen }: MeasureOptions): AsyncDisposable {
  const { endpoint, region } = plan
  const giveUp = new AbortController()
  const shipper = shipMetrics({
    client: metricsClient({ endpoint, region, credentials }),
    trainingJob: plan.name,
    host: plan.cluster.current,
    pauseMilliseconds: SHIPPING_MILLISECONDS,
    patience: { signal: giveUp.signal },
  })
  const end = new AbortController()
  const memoryLimitBytes = plan.share?.memoryLimitBytes ?? totalmem()
  const measured = measure({ ...seen, memoryLimitBytes, shipper }, end.signal)
  return {
    async [Symbol.asyncDispose]() {
      end.abort()
      await measured
      const away = new Error('the server does not answer')
      const deadline = setTimeout(() => giveUp.abort(away), STORING_MILLISECONDS)
      await shipper.finish().catch((error: unknown) => {
        say(`metrics of the host could not be stored: ${messageOf(error)}`)
      })
      clearTimeout(deadline)
    },
  }
}

interface Measuring extends Pick<MeasureOptions, 'meter' | 'directory'> {
  readonly memoryLimitBytes: number
  readonly shipper: Pick<MetricShipper, 'add'>
}

/** Looks again and again, and once more at the end. Never rejects. */
async function measure(measuring: Measuring, end: AbortSignal): Promise<void> {
  const { memoryLimitBytes, shipper } = measuring
  let pause = FIRST_PAUSE_MILLISECONDS
  let before = await look(measuring)
  for (let told = 0; ; ) {
    await delay(pause, undefined, { signal: end }).catch(() => {})
    pause = Math.min(pause * 4, PAUSE_MILLISECONDS)
    const now = await look(measuring)
    const isTelling = !end.aborted || told === 0 || (now?.at ?? 0) - (before?.at ?? 0) >= TELLING_MILLISECONDS
    if (before && now && isTelling) {
      shipper.add(utilization(before, now, memoryLimitBytes), new Date(now.at))
      told += 1
    }
    before = now ?? before
    if (end.aborted) return
  }
}

export interface Look extends Usage {
  /** Milliseconds since 1970. */
  readonly at: number
  /** 0 to 1. */
  readonly diskUsed: number
}

/** Pure. What was taken from one look to the next. */
export function utilization(before: Look, now: Look, memoryLimitBytes: number): readonly Measurement[] {
  const seconds = (now.at - before.at) / 1000
  const cpu = Math.max(0, now.cpuSeconds - before.cpuSeconds) / Math.max(seconds, 0.001)
  const memory = { name: 'MemoryUtilization', value: (now.memoryBytes / memoryLimitBytes) * 100 }
  return [
    { name: 'CPUUtilization', value: cpu * 100 },
    // Nothing runs any more: that tells nothing of the job.
    ...(now.memoryBytes > 0 ? [memory] : []),
    { name: 'DiskUtilization', value: now.diskUsed * 100 },
  ]
}

/** Never rejects; undefined where there is nothing to see. */
async function look({
  meter,
  directory,
}: Pick<MeasureOptions, 'meter' | 'directory'>): Promise<Look | undefined> {
  const at = Date.now()
  const usage = await meter().catch(() => undefined)
  const disk = await statfs(directory).catch(() => undefined)
  if (usage === undefined || disk === undefined) return undefined
  return { at, ...usage, diskUsed: 1 - disk.bavail / disk.blocks }
}
