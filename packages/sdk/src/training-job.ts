import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from '@sagebrush/api'
import type { Session } from './session.ts'

export type TrainingEvent =
  | { readonly type: 'status'; readonly status: string; readonly message: string }
  | { readonly type: 'log'; readonly stream: string; readonly timestamp: Date; readonly line: string }

export class TrainingJobFailed extends Error {}

const group = '/aws/sagemaker/TrainingJobs'
const pollMillis = 500

/**
 * Follows a job until it ends: its log lines and changes of state, in order.
 * Throws TrainingJobFailed with the job's own reason when it fails.
 */
export async function* watchTrainingJob(
  session: Session,
  name: string,
  signal?: AbortSignal,
): AsyncGenerator<TrainingEvent> {
  const tail = new LogTail(session, name)
  let told = 0
  for (;;) {
    const job = await session.sagemaker.DescribeTrainingJob({ TrainingJobName: name })
    const transitions = job.SecondaryStatusTransitions ?? []
    for (const { Status, StatusMessage } of transitions.slice(told)) {
      yield { type: 'status', status: Status, message: StatusMessage ?? '' }
    }
    told = transitions.length
    yield* tail.read()
    if (job.TrainingJobStatus === 'Failed') {
      throw new TrainingJobFailed(
        `Error for Training job ${name}: Failed. Reason: ${job.FailureReason ?? 'unknown'}`,
      )
    }
    if (job.TrainingJobStatus === 'Completed' || job.TrainingJobStatus === 'Stopped') return
    await sleep(pollMillis, undefined, signal ? { signal } : {})
  }
}

/** Where reading stands in each stream of the job. */
class LogTail {
  readonly #session: Session
  readonly #job: string
  readonly #tokens = new Map<string, string>()

  constructor(session: Session, job: string) {
    this.#session = session
    this.#job = job
  }

  async *read(): AsyncGenerator<TrainingEvent> {
    for (const stream of await this.#streams()) yield* this.#readStream(stream)
  }

  async #streams(): Promise<string[]> {
    try {
      const { logStreams = [] } = await this.#session.logs.DescribeLogStreams({
        logGroupName: group,
        logStreamNamePrefix: `${this.#job}/`,
      })
      return logStreams.flatMap(({ logStreamName }) => logStreamName ?? [])
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ResourceNotFoundException') return []
      throw error
    }
  }

  async *#readStream(logStreamName: string): AsyncGenerator<TrainingEvent> {
    for (;;) {
      const nextToken = this.#tokens.get(logStreamName)
      const page = await this.#session.logs.GetLogEvents({
        logGroupName: group,
        logStreamName,
        startFromHead: true,
        ...(nextToken ? { nextToken } : {}),
      })
      for (const { message = '', timestamp = 0 } of page.events ?? []) {
        yield { type: 'log', stream: logStreamName, timestamp: new Date(timestamp), line: message }
      }
      if (page.nextForwardToken) this.#tokens.set(logStreamName, page.nextForwardToken)
      if (!page.events?.length || page.nextForwardToken === nextToken) return
    }
  }
}
