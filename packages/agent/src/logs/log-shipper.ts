import {
  ApiError,
  type ApiErrorType,
  type Client,
  type ClientOptions,
  createClient,
  logs,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '@sagebrush/api'
import { retrying } from '../retry.ts'
import { followLines } from './follow-lines.ts'
import { batchLines, messageBytes } from './log-batches.ts'

/** What the agent needs of CloudWatch Logs. */
export type LogsClient = Pick<
  Client<typeof logs>,
  'CreateLogGroup' | 'CreateLogStream' | 'PutLogEvents' | 'GetLogEvents'
>

/** One try for each call: `retrying` knows how long to wait, and what must be asked before a second one. */
export function logsClient(options: ClientOptions): LogsClient {
  return createClient(logs, { ...options, attempts: 1 })
}

export interface LogShipperOptions {
  readonly client: LogsClient
  readonly path: string
  readonly stream: { readonly group: string; readonly name: string }
  readonly patienceSeconds?: number
}

export interface LogShipper {
  /**
   * Resolves when every line that was in the file at the call is stored; throws when patience ended before.
   */
  finish(): Promise<void>
}

/**
 * Follows a file and stores each line as one event. A server that is away is waited for: the file keeps what
 * has not been sent, so nothing is lost and memory stays bounded. A call that broke off is asked about before
 * it is repeated, so that no line is stored twice.
 */
export function shipLogs(options: LogShipperOptions): LogShipper {
  const ended = new AbortController()
  const shipping = follow(options, ended.signal)
  // The error belongs to whoever calls finish(); until then it must not end the process.
  shipping.catch(() => {})
  return {
    finish: () => {
      ended.abort()
      return shipping
    },
  }
}

const chunkBytes = 1 << 20

async function follow(options: LogShipperOptions, ended: AbortSignal): Promise<void> {
  const { path } = options
  const target = streamTarget(options)
  await target.create()
  for await (const lines of followLines({ path, lineLimitBytes: messageBytes, chunkBytes, ended }))
    await target.store(lines)
}

interface StreamTarget {
  create(): Promise<void>
  store(lines: readonly string[]): Promise<void>
}

/**
 * The plan's log stream. Each batch has later timestamps than the one before, so the batches stay tellable
 * apart.
 */
function streamTarget({ client, stream, patienceSeconds }: LogShipperOptions): StreamTarget {
  const names = { logGroupName: stream.group, logStreamName: stream.name }
  const patience = patienceSeconds === undefined ? {} : { patienceSeconds }
  let lastTimestamp = 0

  const create = async (): Promise<void> => {
    const { logGroupName } = names
    await unlessThere(() => client.CreateLogGroup({ logGroupName }))
    await unlessThere(() => client.CreateLogStream(names))
  }
  const unlessThere = (call: () => Promise<unknown>): Promise<unknown> =>
    retrying(call, patience).catch((error: unknown) => {
      if (!isError(error, ResourceAlreadyExistsException)) throw error
    })

  /** How many events from `startTime` on are stored. */
  const countStored = async (startTime: number): Promise<number> => {
    let count = 0
    let nextToken: string | undefined
    for (;;) {
      const token = nextToken === undefined ? {} : { nextToken }
      const page = await client.GetLogEvents({ ...names, startTime, startFromHead: true, ...token })
      const length = page.events?.length ?? 0
      count += length
      if (length === 0 || page.nextForwardToken === nextToken) return count
      nextToken = page.nextForwardToken
    }
  }

  const put = async (messages: readonly string[]): Promise<void> => {
    const timestamp = Math.max(Date.now(), lastTimestamp + 1)
    lastTimestamp = timestamp
    let attempted = false
    await retrying(async () => {
      const stored = attempted ? await countStored(timestamp) : 0
      attempted = true
      const logEvents = messages.slice(stored).map((message) => ({ timestamp, message }))
      if (logEvents.length > 0) await client.PutLogEvents({ ...names, logEvents })
    }, patience)
  }

  return {
    create,
    async store(lines) {
      for (const messages of batchLines(lines)) {
        await put(messages).catch(async (error: unknown) => {
          if (!isError(error, ResourceNotFoundException)) throw error
          // Somebody has deleted the stream while the job runs.
          await create()
          await put(messages)
        })
      }
    },
  }
}

function isError(error: unknown, type: ApiErrorType): boolean {
  return error instanceof ApiError && error.code === type.code
}
