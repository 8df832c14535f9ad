import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { Credentials } from '@sagebrush/api'
import { messageOf } from '../failure-reason.ts'
import type { TrainPlan } from '../host-plan.ts'
import { listProcesses, memoryBytes, withDescendants } from '../process/processes.ts'
import { metricsClient, shipMetrics } from './metric-shipper.ts'
import type { Measurement } from './search-lines.ts'

/** A program that ends before the first look is not measured, and waits for nothing. */
const LOOK_MILLISECONDS = 10_000
const CPU_TICKS_OF_SECOND = 100

export interface MeasureOptions {
  readonly plan: TrainPlan
  readonly credentials: Credentials
  /** Where the job's files are. */
  readonly directory: string
  /** Hears what could not be stored. */
  readonly say: (line: string) => void
  /** Between two looks; 10 s. */
  readonly everyMilliseconds?: number
}

/**
 * Tells CloudWatch, until it is disposed of, what the programs of this process take: `CPUUtilization` (100 for each
 * processor), `MemoryUtilization` of what the host may have, `DiskUtilization` of the file system that the job's files
 * are on. Linux only. Source: SageMaker, "Training job and endpoint instance metrics".
 */
export function measureHost({ plan, directory, ...options }: MeasureOptions): AsyncDisposable {
  const { credentials, say, everyMilliseconds = LOOK_MILLISECONDS } = options
  const { endpoint, region } = plan
  const shipper = shipMetrics({
    client: metricsClient({ endpoint, region, credentials }),
    trainingJob: plan.name,
    host: plan.cluster.current,
    pauseMilliseconds: everyMilliseconds,
  })
  const memoryLimitBytes = plan.share?.memoryLimitBytes ?? totalmem()
  let last = look(directory)
  const timer = setInterval(() => {
    last = last.then(async (before) => {
      const now = await look(directory)
      if (before && now) shipper.add(utilization(before, now, memoryLimitBytes), new Date(now.at))
      return now
    })
  }, everyMilliseconds).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await last
      await shipper.finish().catch((error: unknown) => {
        say(`the metrics of the host could not be stored: ${messageOf(error)}`)
      })
    },
  }
}

export interface Look {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly cpuSeconds: number
  readonly memoryBytes: number
  /** 0 to 1. */
  readonly diskUsed: number
}

/** Pure. What was taken from one look to the next. */
export function utilization(before: Look, now: Look, memoryLimitBytes: number): readonly Measurement[] {
  const seconds = (now.at - before.at) / 1000
  const cpu = Math.max(0, now.cpuSeconds - before.cpuSeconds) / Math.max(seconds, 0.001)
  return [
    { name: 'CPUUtilization', value: cpu * 100 },
    { name: 'MemoryUtilization', value: (now.memoryBytes / memoryLimitBytes) * 100 },
    { name: 'DiskUtilization', value: now.diskUsed * 100 },
  ]
}

/** Never rejects; undefined where there is nothing to see. */
async function look(directory: string): Promise<Look | undefined> {
  try {
    const own = withDescendants(await listProcesses(), ({ pid }) => pid === process.pid)
    const agent = own.find(({ pid }) => pid === process.pid)
    if (agent === undefined) return undefined
    const programs = own.filter((each) => each !== agent)
    const ticks = programs.reduce(
      (sum, each) => sum + each.ownTicks + each.childrenTicks,
      agent.childrenTicks,
    )
    const disk = await statfs(directory)
    return {
      at: Date.now(),
      cpuSeconds: ticks / CPU_TICKS_OF_SECOND,
      memoryBytes: await memoryBytes(programs),
      diskUsed: 1 - disk.bavail / disk.blocks,
    }
  } catch {
    return undefined
  }
}
