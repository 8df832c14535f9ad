import {
  type Handlers,
  ResourceInUse,
  resourceArn,
  type sagemaker,
  ValidationException,
} from '@sagebrush/api'
import { groupId } from '../../compute/group-id.ts'
import type { RequestContext } from '../../context.ts'
import { AlreadyExists, type Collection, NotFound } from '../../store/collection.ts'
import { listPage } from '../list-page.ts'
import { checkTags, type Tags } from '../tags/tags.ts'
import { describeTrainingJob, summarizeTrainingJob } from './describe.ts'
import { firstTransition } from './progress.ts'
import { type CreateTrainingJobInput, statusOf, type TrainingJob } from './record.ts'
import { checkTrainingJob } from './rules.ts'

export interface TrainingJobHandlersOptions {
  readonly jobs: Collection<TrainingJob>
  readonly tags: Pick<Tags, 'forget'>
  readonly clock: () => Date
  /** Letters and digits, never the same twice. */
  readonly newId: () => string
}

export type TrainingJobHandlers = Pick<
  Handlers<typeof sagemaker, RequestContext>,
  'CreateTrainingJob' | 'DescribeTrainingJob' | 'ListTrainingJobs' | 'StopTrainingJob' | 'DeleteTrainingJob'
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
      const job = newTrainingJob(input, context, options)
      await jobs.create(job).catch(async (error: unknown) => {
        throw error instanceof AlreadyExists ? alreadyThere((await find(job.name)).arn) : error
      })
      return { TrainingJobArn: job.arn }
    },

    DescribeTrainingJob: async ({ TrainingJobName }) => describeTrainingJob(await find(TrainingJobName)),

    async ListTrainingJobs(query) {
      // Nothing here keeps a warm pool or belongs to a training plan.
      const isNone = query.WarmPoolStatusEquals !== undefined || query.TrainingPlanArnEquals !== undefined
      const all = isNone ? [] : (await jobs.list()).map((stored) => stored.value)
      const { items, ...next } = listPage(all, query, { facts: listFacts, order: 'Ascending' })
      return { TrainingJobSummaries: items.map(summarizeTrainingJob), ...next }
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

    async DeleteTrainingJob({ TrainingJobName }) {
      const job = await find(TrainingJobName)
      if (!job.end)
        throw ResourceInUse(`Training job ${job.arn} cannot be deleted in status ${statusOf(job)}`)
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
