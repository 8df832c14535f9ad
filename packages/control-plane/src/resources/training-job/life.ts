import type { Compute, HostState } from '../../compute/compute.ts'
import type { Life } from '../../reconcile/life.ts'
import type { Collection } from '../../store/collection.ts'
import { nextStep, type Step } from './lifecycle.ts'
import { planTrainingJob } from './plan.ts'
import { afterEnd, afterFull, afterReport, afterStart, afterStop, afterVerdict } from './progress.ts'
import type { TrainingJob } from './record.ts'

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
  return {
    kind: 'training job',
    records: jobs,
    settled: (job) => job.end !== undefined,
    age: (job) => job.createdAt,
    inspect: (job) => compute.inspect(job.group),
    nextStep,
    act: (job, step) => act(job, step, options),
  }
}

async function act(
  job: TrainingJob,
  step: Step,
  options: TrainingJobLifeOptions,
): Promise<'moved' | 'blocked'> {
  const { jobs, compute, endpoint } = options
  const now = options.clock()
  const update = (change: (current: TrainingJob) => TrainingJob) => jobs.update(job.name, change)
  switch (step.do) {
    case 'start':
      if ((await compute.start(planTrainingJob(job, endpoint))) === 'full') {
        await update((current) => afterFull(current, now))
        return 'blocked'
      }
      await update((current) => afterStart(current, options.clock()))
      break
    case 'follow':
      await update((current) => afterReport(current, step.report, now))
      break
    case 'stop':
      await compute.stop(job.group)
      await update((current) => afterStop(current, now))
      break
    case 'conclude':
      await update((current) => afterVerdict(current, step.verdict))
      break
    case 'clear':
      await compute.remove(job.group)
      await update((current) => afterEnd(current, step.verdict, options.clock()))
  }
  return 'moved'
}
