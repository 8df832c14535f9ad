import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { Changes } from '../store/changes.ts'
import type { Collection } from '../store/collection.ts'
import { openDatabase } from '../store/sqlite.ts'
import { sqliteCollection } from '../store/sqlite-collection.ts'
import type { Life } from './life.ts'
import { Reconciler } from './reconciler.ts'

const directory = mkdtempSync(join(tmpdir(), 'sagebrush-reconcile-'))
const database = openDatabase(directory)
afterAll(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

/** Something that shall be counted up to `goal`, one step at a time. */
interface Counter {
  readonly name: string
  readonly count: number
  readonly goal: number
  readonly createdAt: Date
  /** Not before. */
  readonly notBefore?: Date
}
type Count = { readonly do: 'count' }
type CounterLife = Life<Counter, number, Count>

let counters: Collection<Counter>
let hints: Changes
let lines: string[]
let acted: string[]
let reconcilers: AsyncDisposable[]
let round = 0
beforeEach(() => {
  counters = sqliteCollection<Counter>(database, `counters-${round++}`)
  hints = new Changes()
  lines = []
  acted = []
  reconcilers = []
})
afterEach(async () => {
  for (const reconciler of reconcilers) await reconciler[Symbol.asyncDispose]()
})

const countUp: CounterLife = {
  kind: 'counter',
  get records() {
    return counters
  },
  settled: (counter) => counter.count >= counter.goal,
  age: (counter) => counter.createdAt,
  inspect: async (counter) => counter.count,
  nextStep: (counter, _seen, now) =>
    counter.notBefore && now < counter.notBefore ? { do: 'wait', until: counter.notBefore } : { do: 'count' },
  async act(counter) {
    acted.push(counter.name)
    await counters.update(counter.name, (newest) => ({ ...newest, count: newest.count + 1 }))
    return 'moved'
  },
}

function start(changes: Partial<CounterLife> = {}, tickSeconds = 30): Reconciler<Counter, number, Count> {
  const life = Object.create(countUp, Object.getOwnPropertyDescriptors(changes)) as CounterLife
  const reconciler = new Reconciler(life, {
    clock: () => new Date(),
    log: (line) => lines.push(line),
    hints: (signal) => hints.subscribe(signal),
    tickSeconds,
  })
  reconcilers.push(reconciler)
  return reconciler
}

const counter = (name: string, facts: Partial<Counter> = {}): Counter => ({
  name,
  count: 0,
  goal: 3,
  createdAt: new Date(0),
  ...facts,
})

async function settled(...names: string[]): Promise<void> {
  const changes = counters.changes(AbortSignal.timeout(30_000))
  const open = async () => {
    const all = await Promise.all(names.map((name) => counters.get(name)))
    return all.some((stored) => !stored || stored.value.count < stored.value.goal)
  }
  if (!(await open())) return
  for await (const _ of changes) if (!(await open())) return
  throw new Error(`not settled: ${names}`)
}

test('takes what was there before it, the oldest first, and what comes after', async () => {
  await counters.create(counter('a-young', { createdAt: new Date(9), goal: 1 }))
  await counters.create(counter('b-old', { createdAt: new Date(5), goal: 1 }))
  await counters.create(counter('c-settled', { count: 3 }))
  start()
  await settled('a-young', 'b-old')
  await counters.create(counter('d-new', { goal: 1 }))
  await settled('d-new')
  expect(acted).toEqual(['b-old', 'a-young', 'd-new'])
})

test("one record's steps never overlap, whoever hints at it", async () => {
  let busy = 0
  let most = 0
  start({
    async act(...given) {
      most = Math.max(most, ++busy)
      for (let n = 0; n < 5; n++) hints.announce('a')
      await new Promise((resolve) => setImmediate(resolve))
      const result = await countUp.act(...given)
      busy -= 1
      return result
    },
  })
  await counters.create(counter('a', { goal: 10 }))
  await settled('a')
  expect({ most, acted: acted.length }).toEqual({ most: 1, acted: 10 })
})

test('a blocked step waits for a hint', async () => {
  let isOpen = false
  let blocked = () => {}
  const isBlocked = new Promise<void>((resolve) => {
    blocked = resolve
  })
  start({
    async act(...given) {
      if (isOpen) return countUp.act(...given)
      blocked()
      return 'blocked'
    },
  })
  await counters.create(counter('a'))
  await isBlocked
  expect(acted).toEqual([])
  isOpen = true
  hints.announce('a')
  await settled('a')
})

test('looks again at the moment that a life waits for', async () => {
  const notBefore = new Date(Date.now() + 150)
  await counters.create(counter('a', { goal: 1, notBefore }))
  start()
  await settled('a')
  expect(Date.now()).toBeGreaterThanOrEqual(notBefore.getTime())
})

test('looks at what is unsettled on every tick, where no hint came', async () => {
  let isOpen = false
  start({ nextStep: () => (isOpen ? { do: 'count' } : { do: 'wait' }) }, 0.05)
  await counters.create(counter('a'))
  isOpen = true
  await settled('a')
})

test('tells an error and tries again, later and later, while others go on', async () => {
  let failures = 0
  start({
    async inspect({ name, count }) {
      if (name === 'a' && failures++ < 1) throw new Error('boom')
      return count
    },
  })
  await counters.create(counter('a', { goal: 1 }))
  await counters.create(counter('b', { goal: 1 }))
  await settled('b')
  hints.announce('a')
  await settled('a')
  expect(lines).toEqual([expect.stringMatching(/^counter a: trying again in 1 s: Error: boom/)])
})

test('a life that never comes to rest is not allowed to spin', async () => {
  start({ act: async () => 'moved' })
  await counters.create(counter('a'))
  for (const limit = Date.now() + 30_000; lines.length === 0 && Date.now() < limit; ) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(lines[0]).toMatch(/^counter a: trying again in 1 s: Error: still moving after 50 steps/)
})

test('a record that is deleted meanwhile is let go', async () => {
  start({
    async act({ name }) {
      await counters.delete(name)
      return 'moved'
    },
  })
  await counters.create(counter('a'))
  const changes = counters.changes(AbortSignal.timeout(30_000))
  while (await counters.get('a')) await changes[Symbol.asyncIterator]().next()
  expect(lines).toEqual([])
})

test('closing ends the step under way and begins no other', async () => {
  let begun = () => {}
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  const reconciler = start({
    async act(...given) {
      begun()
      await new Promise((resolve) => setImmediate(resolve))
      return countUp.act(...given)
    },
  })
  await counters.create(counter('a', { goal: 100 }))
  await isBegun
  await reconciler[Symbol.asyncDispose]()
  const { count } = (await counters.get('a'))?.value ?? counter('a')
  expect(count).toBe(1)
  hints.announce('a')
  await counters.update('a', (newest) => ({ ...newest, goal: 101 }))
  expect((await counters.get('a'))?.value.count).toBe(1)
})
