import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { LogStore } from './log-store.ts'
import { type Position, type SelectedEvent, selectEvents } from './select-events.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function openStore(): Promise<LogStore> {
  const folder = await mkdtemp(join(tmpdir(), 'logs-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const store = await LogStore.open(folder)
  cleanups.push(() => store[Symbol.asyncDispose]())
  return store
}

interface Batch {
  readonly stream: string
  readonly times: readonly number[]
  readonly filler: number
}

/** Messages begin with a number that counts arrivals. */
function eventsOf(batches: readonly Batch[]) {
  let count = 0
  return batches.map(({ stream, times, filler }) => {
    const sorted = [...times].sort((a, b) => a - b)
    return sorted.map((timestamp) => {
      return { stream, timestamp, ingestionTime: 7, message: `${count++} ${'x'.repeat(filler)}` }
    })
  })
}

function inOrder(batches: readonly Batch[]) {
  // Sorting is stable: arrivals stay in their order.
  return eventsOf(batches)
    .flat()
    .sort((a, b) => a.timestamp - b.timestamp || Number(a.stream > b.stream) - Number(a.stream < b.stream))
}

async function filledStreams(batches: readonly Batch[]) {
  const store = await openStore()
  await store.createGroup({ logGroupName: 'g', creationTime: 0 })
  const group = store.group('g')
  for (const [i, events] of eventsOf(batches).entries()) {
    const name = batches[i]?.stream ?? ''
    await group.createStream({ name, createdAt: 0 })
    await (await group.stream(name)).append(events)
  }
  return group.streams()
}

const everything = {
  earliest: 0,
  latest: Number.MAX_SAFE_INTEGER,
  limit: 10_000,
  limitBytes: 1024 * 1024,
  scanLimitBytes: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
}

async function allPages(
  options: Omit<Parameters<typeof selectEvents>[0], 'beyond'>,
): Promise<SelectedEvent[]> {
  const events: SelectedEvent[] = []
  let beyond: Position | undefined
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await selectEvents({ ...options, beyond })
    expect(page.events.length).toBeLessThanOrEqual(options.limit)
    if (options.direction === 'forward') events.push(...page.events)
    else events.unshift(...page.events)
    if (!page.next) return events
    beyond = page.next
  }
  throw new Error('the pages do not end')
}

const batches = fc.array(
  fc.record({
    stream: fc.constantFrom('a', 'b', 'c'),
    times: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 12 }),
    filler: fc.constantFrom(0, 10_000, 40_000),
  }),
  { minLength: 1, maxLength: 10 },
)

const isOdd = (message: string) => Number(message.split(' ')[0]) % 2 === 1
const shortly = ({ timestamp, stream, message }: Pick<SelectedEvent, 'timestamp' | 'stream' | 'message'>) =>
  `${timestamp} ${stream} ${message.split(' ')[0]}`

test('pages of any size, in both directions, hold every event once, by time, stream and arrival', async () => {
  const pages = fc.record({
    direction: fc.constantFrom('forward' as const, 'backward' as const),
    limit: fc.integer({ min: 1, max: 9 }),
    limitBytes: fc.constantFrom(1, 100_000, 1_000_000),
    scanLimitBytes: fc.constantFrom(0, 100_000, Number.POSITIVE_INFINITY),
    odd: fc.boolean(),
  })
  const property = fc.asyncProperty(batches, pages, async (written, { odd, ...how }) => {
    const streams = await filledStreams(written)
    const found = await allPages({ ...everything, streams, ...how, matches: odd ? isOdd : undefined })
    const expected = inOrder(written).filter(({ message }) => !odd || isOdd(message))
    expect(found.map(shortly)).toEqual(expected.map(shortly))
  })
  await fc.assert(property, { numRuns: 60 })
})

test('a range of times takes both of its ends', async () => {
  const streams = await filledStreams([{ stream: 'a', times: [1, 2, 3, 4, 5], filler: 0 }])
  const { events } = await selectEvents({
    ...everything,
    streams,
    direction: 'forward',
    earliest: 2,
    latest: 4,
  })
  expect(events.map((event) => event.timestamp)).toEqual([2, 3, 4])
})

test('an answer is never empty for the size of its first event', async () => {
  const streams = await filledStreams([{ stream: 'a', times: [1, 2], filler: 2_000_000 }])
  const page = await selectEvents({ ...everything, streams, direction: 'forward' })
  expect(page.events.map((event) => event.timestamp)).toEqual([1])
  expect(page.next).toMatchObject({ timestamp: 1 })
})

test('a reader that went away ends the search', async () => {
  const streams = await filledStreams([{ stream: 'a', times: [1], filler: 0 }])
  const signal = AbortSignal.abort(new Error('gone'))
  await expect(selectEvents({ ...everything, streams, direction: 'forward', signal })).rejects.toThrow('gone')
})
