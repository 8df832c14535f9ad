import { expect, test } from 'vitest'
import { createHealth } from './health.ts'

const named = (name: string): Uint8Array => Buffer.concat([Buffer.from([10, name.length]), Buffer.from(name)])
const context = { isAbandoned: () => false, deadlineMillis: Number.POSITIVE_INFINITY }
async function* once(bytes: Uint8Array) {
  yield bytes
}
const untilClosed = new AbortController().signal

test('a service serves until the end, and an unknown one is NOT_FOUND', async () => {
  const health = createHealth(new Set(['A']))
  expect([...(await health.check(named('A'), context))]).toEqual([8, 1])
  await expect(health.check(named('B'), context)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  health.shutDown()
  expect([...(await health.check(named('A'), context))]).toEqual([8, 2])
})

test('all services are listed', async () => {
  const health = createHealth(new Set(['', 'A']))
  const entries = await health.list(new Uint8Array(0), context)
  expect([...entries]).toEqual([10, 6, 10, 0, 18, 2, 8, 1, 10, 7, 10, 1, 65, 18, 2, 8, 1])
})

test.each([
  ['a service: what it is and what it becomes', 'A', [1, 2]],
  ['a service that there is not: that alone', 'B', [3]],
])('a watcher of %s is told', async (_situation, name, expected) => {
  const health = createHealth(new Set(['A']))
  const seen: number[] = []
  for await (const [, status = 0] of health.watch(once(named(name)), untilClosed)) {
    seen.push(status)
    health.shutDown()
  }
  expect(seen).toEqual(expected)
})

test('a watcher that goes away is let go of', async () => {
  const health = createHealth(new Set(['A']))
  const gone = new AbortController()
  const seen: number[] = []
  for await (const [, status = 0] of health.watch(once(named('A')), gone.signal)) {
    seen.push(status)
    gone.abort()
  }
  expect(seen).toEqual([1])
})
