import type { Compute, HostState } from '../../compute/compute.ts'
import type { Life, Wait } from '../../reconcile/life.ts'
import type { Collection } from '../../store/collection.ts'
import { startDeadlineOf } from './lifecycle/deadlines.ts'
import { nextStep, type Step } from './lifecycle/lifecycle.ts'
import {
  afterEnd,
  afterFull,
  afterInterrupt,
  afterReport,
  afterRestart,
  afterRetirement,
  afterStart,
  afterStop,
  afterVerdict,
} from './lifecycle/progress.ts'
import { planTrainingJob } from './plan/plan.ts'
import type { TrainingJob } from './record.ts'
import { WarmPools } from './warm-pool/warm-pools.ts'

export interface TrainingJobLifeOptions {
  readonly jobs: Collection<TrainingJob>
  readonly compute: Compute
  readonly clock: () => Date
  /** Where hosts reach this server. */
  readonly endpoint: string
}

type TrainingJobLife = Life<TrainingJob, readonly HostState[] | undefined, Step>

/** How training jobs live: `nextStep` decides, this does it. */
export function trainingJobLife(options: TrainingJobLifeOptions): TrainingJobLife {
  const { jobs, compute } = options
  const pools = new WarmPools(jobs)
  return {
    kind: 'training job',
    records: jobs,
    settled: (job) => job.end !== undefined,
    age: (job) => job.createdAt,
    inspect: (job) => compute.inspect(job.group),
    nextStep,
    act: (job, step) => act(job, step, { ...options, pools }),
  }
}

async function act(
  job: TrainingJob,
  step: Step,
  options: TrainingJobLifeOptions & { readonly pools: WarmPools },
): Promise<'moved' | 'blocked' | Wait> {
  const { jobs, compute, endpoint, pools } = options
  const now = options.clock()
  const update = (change: (current: TrainingJob) => TrainingJob) => jobs.update(job.name, change)
  switch (step.do) {
    case 'start':
      if ((await compute.start(planTrainingJob(job, endpoint))) === 'full') {
        const waiting = await update((current) => afterFull(current, now))
        const until = startDeadlineOf(waiting.value)
        return until ? { do: 'wait', until } : 'blocked'
      }
      if (!job.attempts) await pools.take(job, now)
      await update((current) => afterStart(current, options.clock()))
      break
    case 'follow':
      await update((current) => afterReport(current, step.report, now))
      break
    case 'stop':
      await compute.stop(job.group)
      await update((current) => afterStop(current, now))
      break
    case 'interrupt':
      await compute.interrupt(job.group)
      await update((current) => afterInterrupt(current, now))
      break
    case 'retire':
      await update((current) => afterRetirement(current, step.attempt))
      break
    case 'restart':
      await compute.remove(job.group)
      await update((current) => afterRestart(current, options.clock()))
      break
    case 'conclude':
      await update((current) => afterVerdict(current, step.verdict))
      break
    case 'clear':
      await compute.remove(job.group)
      await update((current) => afterEnd(current, step.verdict, options.clock()))
      await pools.left(job)
  }
  return 'moved'
}
