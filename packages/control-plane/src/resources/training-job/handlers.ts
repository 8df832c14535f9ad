import {
  type Handlers,
  ResourceInUse,
  resourceArn,
  type sagemaker,
  ValidationException,
} from '@sagebrush/api'
import { groupId } from '../../compute/group-id.ts'
import type { RequestContext } from '../../context.ts'
import type { ObjectStore } from '../../objects/store/object-store.ts'
import { AlreadyExists, type Collection, NotFound } from '../../store/collection.ts'
import { listPage } from '../list-page.ts'
import { checkTags, type Tags } from '../tags/tags.ts'
import { describeTrainingJob, summarizeTrainingJob } from './describe.ts'
import { firstTransition } from './lifecycle/progress.ts'
import { type CreateTrainingJobInput, statusOf, type TrainingJob } from './record.ts'
import { checkInputData } from './rules/input-data.ts'
import { checkInterruption } from './rules/interruption-rules.ts'
import { checkTrainingJob } from './rules/rules.ts'
import { updatedJob } from './update.ts'
import { warmPoolOf } from './warm-pool/warm-pool.ts'

export interface TrainingJobHandlersOptions {
  readonly jobs: Collection<TrainingJob>
  readonly tags: Pick<Tags, 'forget'>
  /** Where the data of channels lies. */
  readonly objects: Pick<ObjectStore, 'list'>
  readonly clock: () => Date
  /** Letters and digits, never the same twice. */
  readonly newId: () => string
}

export type TrainingJobHandlers = Pick<
  Handlers<typeof sagemaker, RequestContext>,
  | 'CreateTrainingJob'
  | 'DescribeTrainingJob'
  | 'ListTrainingJobs'
  | 'StopTrainingJob'
  | 'UpdateTrainingJob'
  | 'DeleteTrainingJob'
  | 'InterruptTrainingJob'
>

export function trainingJobHandlers(options: TrainingJobHandlersOptions): TrainingJobHandlers {
  const { jobs, clock } = options
  const find = async (name: string) => (await jobs.get(name))?.value ?? notFound()
  const change = (name: string, apply: (job: TrainingJob) => TrainingJob) =>
    jobs
      .update(name, apply)
      .catch((error: unknown) => (error instanceof NotFound ? notFound() : Promise.reject(error)))

  return {
    async CreateTrainingJob(input, context) {
      checkTags(input.Tags ?? [])
      checkTrainingJob(input)
      await checkInputData(input, context.region, options.objects)
      const job = newTrainingJob(input, context, options)
      await jobs.create(job).catch(async (error: unknown) => {
        throw error instanceof AlreadyExists ? alreadyThere((await find(job.name)).arn) : error
      })
      return { TrainingJobArn: job.arn }
    },

    DescribeTrainingJob: async ({ TrainingJobName }) =>
      describeTrainingJob(await find(TrainingJobName), clock()),

    async ListTrainingJobs(query) {
      const now = clock()
      const all = (await jobs.list()).map((stored) => stored.value)
      const wanted = all.filter((job) => isWanted(job, query, now))
      const { items, ...next } = listPage(wanted, query, { facts: listFacts, order: 'Ascending' })
      return { TrainingJobSummaries: items.map((job) => summarizeTrainingJob(job, now)), ...next }
    },

    async StopTrainingJob({ TrainingJobName }) {
      await change(TrainingJobName, (job) => {
        if (job.end)
          throw ValidationException(
            `The request was rejected because the training job is in status ${statusOf(job)}`,
          )
        return job.stopRequestedAt ? job : { ...job, stopRequestedAt: clock(), modifiedAt: clock() }
      })
      return {}
    },

    async InterruptTrainingJob({ TrainingJobName }) {
      await change(TrainingJobName, (job) => {
        checkInterruption(job)
        return { ...job, interruptRequestedAt: clock() }
      })
      return {}
    },

    async UpdateTrainingJob(input) {
      await change(input.TrainingJobName, (job) => updatedJob(job, input, clock()))
      return { TrainingJobArn: (await find(input.TrainingJobName)).arn }
    },

    async DeleteTrainingJob({ TrainingJobName }) {
      const job = await find(TrainingJobName)
      if (!job.end)
        throw ResourceInUse(`Training job ${job.arn} cannot be deleted in status ${statusOf(job)}`)
      if (warmPoolOf(job, clock())?.Status === 'Available')
        throw ResourceInUse(`Training job ${job.arn} cannot be deleted while its warm pool is Available`)
      await options.tags.forget(job.arn)
      await jobs.delete(job.name)
      return {}
    },
  }
}

function newTrainingJob(
  input: CreateTrainingJobInput,
  context: RequestContext,
  { clock, newId }: TrainingJobHandlersOptions,
): TrainingJob {
  const { Tags: tags = [], SessionChainingConfig: _unused, ...request } = input
  const name = input.TrainingJobName
  const now = clock()
  return {
    name,
    arn: resourceArn(context, 'training-job', name),
    tags,
    region: context.region,
    request,
    group: groupId('train', name, newId()),
    createdAt: now,
    modifiedAt: now,
    transitions: [firstTransition(now)],
  }
}

/** What only training jobs are asked for. */
function isWanted(
  job: TrainingJob,
  query: { WarmPoolStatusEquals?: string | undefined; TrainingPlanArnEquals?: string | undefined },
  now: Date,
): boolean {
  const { WarmPoolStatusEquals: pool, TrainingPlanArnEquals: plan } = query
  return (
    (pool === undefined || warmPoolOf(job, now)?.Status === pool) &&
    (plan === undefined || job.request.ResourceConfig?.TrainingPlanArn === plan)
  )
}

const listFacts = (job: TrainingJob) => ({
  name: job.name,
  createdAt: job.createdAt,
  modifiedAt: job.modifiedAt,
  status: statusOf(job),
})

/** AWS answers so to every operation on a job, although its model says ResourceNotFound; its waiters rely on it. */
function notFound(): never {
  throw ValidationException('Requested resource not found.')
}

function alreadyThere(arn: string) {
  return ResourceInUse(
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
  )
}
