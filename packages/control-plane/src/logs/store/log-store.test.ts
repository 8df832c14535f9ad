import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogGroup } from './log-group.ts'
import { LogStore } from './log-store.ts'
import { selectEvents } from './select-events.ts'

let folder: string
let store: LogStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logs-'))
  store = await LogStore.open(folder)
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function restart(): Promise<void> {
  await store[Symbol.asyncDispose]()
  store = await LogStore.open(folder)
}

async function madeGroup(name = 'g'): Promise<LogGroup> {
  await store.createGroup({ logGroupName: name, creationTime: 1 })
  return store.group(name)
}

const event = (timestamp: number, message: string) => ({ timestamp, message, ingestionTime: 99 })

async function append(stream: string, ...messages: string[]): Promise<void> {
  const group = store.group('g')
  await group.createStream({ name: stream, createdAt: 5 })
  const events = messages.map((message, i) => event(i + 1, message))
  await (await group.stream(stream)).append(events)
}

async function messages(stream: string): Promise<string[]> {
  const { events } = await selectEvents({
    streams: [await store.group('g').stream(stream)],
    direction: 'forward',
    earliest: 0,
    latest: Number.MAX_SAFE_INTEGER,
    limit: 10_000,
    limitBytes: Number.POSITIVE_INFINITY,
    scanLimitBytes: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
  })
  return events.map(({ message }) => message)
}

const fileOf = (stream: string) => join(folder, 'g', `${stream}.log`)

test('events, groups and streams are there after a restart, whatever is in their names and messages', async () => {
  const name = 'AllTraffic/données 🚀'
  const long = 'é'.repeat(512)
  await madeGroup()
  const odd = ['line\nwith "quotes"', '\u0000\u2028\ud800', '🚀', ' ']
  await append(name, ...odd)
  await append(long, 'long')
  await restart()
  expect(await messages(name)).toEqual(odd)
  expect(await messages(long)).toEqual(['long'])
  const stream = await store.group('g').stream(name)
  expect(await stream.header()).toEqual({ name, createdAt: 5 })
  expect(await stream.edges()).toEqual({ first: 1, last: 4, ingested: 99 })
  expect((await store.group('g').streams()).map((each) => each.name)).toEqual([name, long])
})

test.each([
  ['half a line', (path: string) => appendFile(path, '17 18 "torn')],
  ['half a line with a newline after it', (path: string) => appendFile(path, '17 18 "torn\n')],
  ['zeros, as a power failure leaves them', (path: string) => appendFile(path, Buffer.alloc(70_000))],
])('%s at the end is cut away, and the next event follows the last whole one', async (_, harm) => {
  await madeGroup()
  await append('s', 'one', 'two')
  const { size } = await stat(fileOf('s'))
  await store[Symbol.asyncDispose]()
  await harm(fileOf('s'))
  store = await LogStore.open(folder)
  await append('s', 'three')
  expect((await messages('s')).sort()).toEqual(['one', 'three', 'two'])
  await restart()
  expect((await stat(fileOf('s'))).size).toBe(size + '1 99 "three"\n'.length)
})

test('a file cut to any length yields the events that are whole in it', async () => {
  await madeGroup()
  await append('s', 'one', 'two', 'three')
  await store[Symbol.asyncDispose]()
  const whole = await readFile(fileOf('s'))
  const header = whole.indexOf(10) + 1
  for (let length = header; length <= whole.length; length++) {
    await writeFile(fileOf('s'), whole)
    await truncate(fileOf('s'), length)
    store = await LogStore.open(folder)
    const lines = whole.subarray(header, length).toString().split('\n').length - 1
    expect(await messages('s')).toEqual(['one', 'two', 'three'].slice(0, lines))
    await store[Symbol.asyncDispose]()
  }
  store = await LogStore.open(folder)
})

test('the edges of a stream are right for messages of megabytes', async () => {
  await madeGroup()
  await append('s', 'x'.repeat(1_000_000), '\u0001'.repeat(1_000_000))
  await restart()
  const stream = await store.group('g').stream('s')
  expect(await stream.edges()).toEqual({ first: 1, last: 2, ingested: 99 })
  expect((await messages('s')).map((message) => message.length)).toEqual([1_000_000, 1_000_000])
})

test('more streams than files may be open, written and read at once', async () => {
  const group = await madeGroup()
  const names = Array.from({ length: 200 }, (_, i) => `s-${i}`)
  await Promise.all(names.map((name) => group.createStream({ name, createdAt: 5 })))
  const rounds = [0, 1, 2]
  await Promise.all(
    rounds.flatMap((round) =>
      names.map(async (name) => (await group.stream(name)).append([event(round, `${name} ${round}`)])),
    ),
  )
  const open = await readdir('/proc/self/fd')
  expect(open.length).toBeLessThan(200)
  await restart()
  const read = await Promise.all(names.map(messages))
  expect(read).toEqual(names.map((name) => rounds.map((round) => `${name} ${round}`)))
})

test('appends at once to one stream are all kept, each batch together', async () => {
  const group = await madeGroup()
  await group.createStream({ name: 's', createdAt: 5 })
  const stream = await group.stream('s')
  const batches = Array.from({ length: 50 }, (_, i) => [event(i, `${i} a`), event(i, `${i} b`)])
  await Promise.all(batches.map((batch) => stream.append(batch)))
  expect(await messages('s')).toEqual(batches.flat().map(({ message }) => message))
})

test('what is written while the file is read for the first time is found', async () => {
  const group = await madeGroup()
  await append('s', ...Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(1000)}`))
  await restart()
  const stream = await store.group('g').stream('s')
  const reading = messages('s')
  for (let i = 0; i < 20; i++) await stream.append([event(3001 + i, 'late')])
  await reading
  expect((await messages('s')).length).toBe(3020)
  expect(group.name).toBe('g')
})

test('a deleted group takes its streams along and can be made anew', async () => {
  const group = await madeGroup()
  await append('s', 'old')
  const stream = await group.stream('s')
  await store.deleteGroup('g', 'id-1')
  expect(() => store.group('g')).toThrow('The specified log group does not exist.')
  await expect(stream.append([event(1, 'late')])).rejects.toThrow('The specified log stream does not exist.')
  expect(await readdir(folder)).toEqual([])
  await madeGroup()
  await append('s', 'new')
  expect(await messages('s')).toEqual(['new'])
})

test('a deleted stream is gone, also for those who hold it', async () => {
  const group = await madeGroup()
  await append('s', 'old')
  const stream = await group.stream('s')
  await group.deleteStream('s')
  await expect(stream.append([event(1, 'late')])).rejects.toThrow('The specified log stream does not exist.')
  await append('s', 'new')
  expect(await messages('s')).toEqual(['new'])
})

test('what a crash left half made is no group and no stream, and what it left half deleted is swept', async () => {
  await madeGroup()
  await append('s', 'kept')
  await writeFile(join(folder, 'g', '.new-stream'), 'half')
  await store.createGroup({ logGroupName: 'half', creationTime: 1 })
  await rm(join(folder, 'half', 'group.json'))
  await mkdir(join(folder, '.deleted-1'))
  await restart()
  expect(store.groups().map((group) => group.name)).toEqual(['g'])
  expect((await store.group('g').streams()).map((stream) => stream.name)).toEqual(['s'])
  expect(await readdir(folder)).toEqual(['g', 'half'])
  expect(await store.createGroup({ logGroupName: 'half', creationTime: 2 })).toBe(true)
})

test('making what is there already says so', async () => {
  const group = await madeGroup()
  expect(await store.createGroup({ logGroupName: 'g', creationTime: 2 })).toBe(false)
  const made = await Promise.all([1, 2, 3].map((createdAt) => group.createStream({ name: 's', createdAt })))
  expect(made).toEqual([true, false, false])
})
