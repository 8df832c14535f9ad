import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Handlers, logs } from '@sagebrush/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RequestContext } from '../../context.ts'
import { LogStore } from '../store/log-store.ts'
import { logsHandlers } from './logs-handlers.ts'

const now = Date.UTC(2026, 10, 21)
const context: RequestContext = {
  requestId: 'r',
  region: 'us-west-2',
  account: '123456789012',
  signal: new AbortController().signal,
}
const group = '/aws/sagemaker/TrainingJobs'
const arn = `arn:aws:logs:us-west-2:123456789012:log-group:${group}`

type LogHandlers = Handlers<typeof logs, RequestContext>
/** As a client has them: without the context. */
type Calls = {
  [N in keyof LogHandlers]: (input: Parameters<LogHandlers[N]>[0]) => ReturnType<LogHandlers[N]>
}

let folder: string
let store: LogStore
let call: Calls
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logs-'))
  store = await LogStore.open(folder)
  const handlers = logsHandlers({ store, clock: () => new Date(now) })
  call = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (input: never) => (handler as (input: never, context: RequestContext) => unknown)(input, context),
    ]),
  ) as Calls
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function put(logStreamName: string, events: readonly (readonly [number, string])[]): Promise<void> {
  await call.CreateLogGroup({ logGroupName: group }).catch(() => {})
  await call.CreateLogStream({ logGroupName: group, logStreamName }).catch(() => {})
  await call.PutLogEvents({
    logGroupName: group,
    logStreamName,
    logEvents: events.map(([after, message]) => ({ timestamp: now + after, message })),
  })
}
const texts = (answer: { events?: { message?: string | undefined }[] | undefined }) =>
  answer.events?.map(({ message }) => message)
const asked = { logGroupName: group, logStreamName: 's' }
const code = (name: string, message?: string) =>
  expect.objectContaining({ code: name, ...(message ? { message } : {}) })

test('a new stream is described with its times and its ARN', async () => {
  await put('job/algo-1', [
    [1, 'a'],
    [2, 'b'],
  ])
  expect(await call.DescribeLogStreams({ logGroupName: group })).toEqual({
    logStreams: [
      {
        logStreamName: 'job/algo-1',
        creationTime: now,
        firstEventTimestamp: now + 1,
        lastEventTimestamp: now + 2,
        lastIngestionTime: now,
        uploadSequenceToken: expect.stringMatching(/^\d{56}$/),
        arn: `${arn}:log-stream:job/algo-1`,
        storedBytes: 0,
      },
    ],
  })
})

test('streams are paged by name, and a page that holds the rest has no token', async () => {
  for (const name of ['b/1', 'b/2', 'b/3', 'a/1']) await put(name, [[0, 'm']])
  const query = { logGroupName: group, logStreamNamePrefix: 'b/', limit: 2 }
  const first = await call.DescribeLogStreams(query)
  const second = await call.DescribeLogStreams({ ...query, nextToken: first.nextToken })
  expect([first, second].map((page) => page.logStreams?.map((stream) => stream.logStreamName))).toEqual([
    ['b/1', 'b/2'],
    ['b/3'],
  ])
  expect(second).not.toHaveProperty('nextToken')
  expect(await call.DescribeLogStreams({ ...query, limit: 3 })).not.toHaveProperty('nextToken')
})

test('streams are ordered by the time of their last event where that is asked', async () => {
  await put('x', [[3, 'm']])
  await put('y', [[1, 'm']])
  await put('z', [[2, 'm']])
  const query = { logGroupName: group, orderBy: 'LastEventTime', descending: true } as const
  const { logStreams } = await call.DescribeLogStreams(query)
  expect(logStreams?.map((stream) => stream.logStreamName)).toEqual(['x', 'z', 'y'])
  await expect(call.DescribeLogStreams({ ...query, logStreamNamePrefix: 'x' })).rejects.toThrow(
    code('InvalidParameterException', 'Cannot order by LastEventTime with a logStreamNamePrefix.'),
  )
})

test('reading from the head goes on with the forward token, which stays the same at the end', async () => {
  await put('s', [
    [0, 'a'],
    [0, 'b'],
    [1, 'c'],
  ])
  const query = { ...asked, startFromHead: true, limit: 2 }
  const first = await call.GetLogEvents(query)
  const second = await call.GetLogEvents({ ...query, nextToken: first.nextForwardToken })
  const third = await call.GetLogEvents({ ...query, nextToken: second.nextForwardToken })
  expect([first, second, third].map(texts)).toEqual([['a', 'b'], ['c'], []])
  expect(first.nextForwardToken).toMatch(/^f\/\d{56}\/s$/)
  expect(first.nextBackwardToken).toMatch(/^b\/\d{56}\/s$/)
  expect(third.nextForwardToken).toBe(second.nextForwardToken)
  await put('s', [[1, 'd']])
  expect(texts(await call.GetLogEvents({ ...query, nextToken: third.nextForwardToken }))).toEqual(['d'])
})

test('without startFromHead the newest page comes first, and the backward token leads to the older', async () => {
  await put('s', [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ])
  const newest = await call.GetLogEvents({ ...asked, limit: 2 })
  const older = await call.GetLogEvents({ ...asked, limit: 2, nextToken: newest.nextBackwardToken })
  const none = await call.GetLogEvents({ ...asked, limit: 2, nextToken: older.nextBackwardToken })
  expect([newest, older, none].map(texts)).toEqual([['b', 'c'], ['a'], []])
  expect(none.nextBackwardToken).toBe(older.nextBackwardToken)
  expect(texts(await call.GetLogEvents({ ...asked, nextToken: newest.nextForwardToken }))).toEqual([])
})

test('the token of an empty stream finds what is written later', async () => {
  await put('other', [[0, 'x']])
  await call.CreateLogStream(asked)
  const head = await call.GetLogEvents({ ...asked, startFromHead: true })
  const tail = await call.GetLogEvents(asked)
  expect([head, tail].map(texts)).toEqual([[], []])
  await put('s', [[0, 'a']])
  for (const { nextForwardToken } of [head, tail]) {
    expect(texts(await call.GetLogEvents({ ...asked, nextToken: nextForwardToken }))).toEqual(['a'])
  }
})

test('GetLogEvents includes the start and excludes the end of its time', async () => {
  await put('s', [
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ])
  const range = { startTime: now, endTime: now + 2 }
  expect(await call.GetLogEvents({ ...asked, ...range })).toMatchObject({
    events: [
      { timestamp: now, message: 'a', ingestionTime: now },
      { timestamp: now + 1, message: 'b', ingestionTime: now },
    ],
  })
})

test('a group may be asked for by its ARN', async () => {
  await put('s', [[0, 'a']])
  for (const logGroupIdentifier of [group, arn, `${arn}:*`]) {
    expect(texts(await call.GetLogEvents({ logStreamName: 's', logGroupIdentifier }))).toEqual(['a'])
  }
})

test('FilterLogEvents joins streams by time, and pages', async () => {
  await put('AllTraffic/1', [
    [0, 'ERROR one'],
    [2, 'fine'],
    [4, 'ERROR three'],
  ])
  await put('AllTraffic/2', [[3, 'ERROR two']])
  await put('Other/1', [[1, 'ERROR other']])
  const query = {
    logGroupName: group,
    logStreamNamePrefix: 'AllTraffic/',
    filterPattern: 'ERROR',
    limit: 2,
    endTime: now + 4,
  }
  const first = await call.FilterLogEvents(query)
  const second = await call.FilterLogEvents({ ...query, nextToken: first.nextToken })
  expect([first, second].map(texts)).toEqual([['ERROR one', 'ERROR two'], ['ERROR three']])
  expect(first.events?.[0]).toEqual({
    logStreamName: 'AllTraffic/1',
    timestamp: now,
    message: 'ERROR one',
    ingestionTime: now,
    eventId: expect.stringMatching(/^\d{56}$/),
  })
  expect(second).not.toHaveProperty('nextToken')
  expect(
    new Set([first, second].flatMap(({ events = [] }) => events.map((event) => event.eventId))).size,
  ).toBe(3)
  const newest = await call.FilterLogEvents({ ...query, startFromHead: false })
  expect(texts(newest)).toEqual(['ERROR three', 'ERROR two'])
  expect(texts(await call.FilterLogEvents({ ...query, nextToken: newest.nextToken }))).toEqual(['ERROR one'])
})

test('events out of order are answered in the order of their times', async () => {
  await put('s', [[5, 'late']])
  await put('s', [[1, 'early']])
  await put('s', [[3, 'between']])
  const head = { ...asked, startFromHead: true }
  expect(texts(await call.GetLogEvents(head))).toEqual(['early', 'between', 'late'])
})

test('rejected events are told, and the others stored', async () => {
  await put('s', [[0, 'a']])
  const answer = await call.PutLogEvents({
    ...asked,
    logEvents: [
      { timestamp: 1, message: 'ancient' },
      { timestamp: now + 1, message: 'b' },
    ],
  })
  expect(answer).toEqual({
    nextSequenceToken: expect.stringMatching(/^\d{56}$/),
    rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 },
  })
  expect(texts(await call.GetLogEvents(asked))).toEqual(['a', 'b'])
})

test('groups are described, paged and deleted', async () => {
  for (const logGroupName of ['/b', '/a', '/c']) await call.CreateLogGroup({ logGroupName })
  const first = await call.DescribeLogGroups({ limit: 2 })
  expect(first.logGroups?.[0]).toEqual({
    logGroupName: '/a',
    creationTime: now,
    metricFilterCount: 0,
    arn: 'arn:aws:logs:us-west-2:123456789012:log-group:/a:*',
    logGroupArn: 'arn:aws:logs:us-west-2:123456789012:log-group:/a',
    storedBytes: 0,
    logGroupClass: 'STANDARD',
  })
  const second = await call.DescribeLogGroups({ limit: 2, nextToken: first.nextToken })
  expect(second.logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(['/c'])
  expect(second).not.toHaveProperty('nextToken')
  await call.DeleteLogGroup({ logGroupName: '/a' })
  const left = await call.DescribeLogGroups({ logGroupNamePattern: 'a' })
  expect(left.logGroups).toEqual([])
})

const noGroup = code('ResourceNotFoundException', 'The specified log group does not exist.')
const noStream = code('ResourceNotFoundException', 'The specified log stream does not exist.')
const badToken = code('InvalidParameterException', 'The specified nextToken is invalid.')
test.each<[string, () => Promise<unknown>, unknown]>([
  ['an unknown group', () => call.DescribeLogStreams({ logGroupName: 'none' }), noGroup],
  ['an unknown stream', () => call.GetLogEvents({ ...asked, logStreamName: 'none' }), noStream],
  [
    'an unknown stream among several',
    () => call.FilterLogEvents({ logGroupName: group, logStreamNames: ['s', 'none'] }),
    noStream,
  ],
  ['a write to an unknown group', () => call.CreateLogStream({ ...asked, logGroupName: 'none' }), noGroup],
  ['the deletion of an unknown group', () => call.DeleteLogGroup({ logGroupName: 'none' }), noGroup],
  [
    'the deletion of an unknown stream',
    () => call.DeleteLogStream({ ...asked, logStreamName: 'n' }),
    noStream,
  ],
  ['a token that is none', () => call.GetLogEvents({ ...asked, nextToken: 'f/1' }), badToken],
  [
    'the token of another stream',
    () => call.GetLogEvents({ ...asked, nextToken: `f/${'0'.repeat(56)}/s` }),
    badToken,
  ],
  [
    'a filter token that is none',
    () => call.FilterLogEvents({ logGroupName: group, nextToken: 'x' }),
    badToken,
  ],
  ['no group at all', () => call.GetLogEvents({ logStreamName: 's' }), code('InvalidParameterException')],
  [
    'a group twice',
    () => call.GetLogEvents({ ...asked, logGroupIdentifier: group }),
    code('InvalidParameterException'),
  ],
  [
    'a group that is there',
    () => call.CreateLogGroup({ logGroupName: group }),
    code('ResourceAlreadyExistsException', 'The specified log group already exists'),
  ],
  [
    'a stream that is there',
    () => call.CreateLogStream(asked),
    code('ResourceAlreadyExistsException', 'The specified log stream already exists'),
  ],
])('%s is an error in the words of AWS', async (_, attempt, error) => {
  await put('s', [[0, 'a']])
  await expect(attempt()).rejects.toThrow(error as Error)
})
