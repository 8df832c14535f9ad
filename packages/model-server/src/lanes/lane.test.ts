import { describe, expect, test } from 'vitest'
import { plainLoader } from '../testing/plain-servable.ts'
import { type Lane, laneBySize } from './lane.ts'

const named = (name: string): Lane => ({ answer: async () => Buffer.from(name) })
const limits = { inlineBytes: 100, inlineMicros: 1000, aloneMicros: 4000 }
const lane = laneBySize(named('inline'), named('other'), limits)
const shared = {
  id: { model: 'm', version: 1 },
  signatures: new Map(),
  libraryPath: '',
  sessionAddress: 0,
  graphAddress: 0,
  runPlan: { thread: 'caller', timeoutMillis: 0 },
} as const

async function laneFor(bodyBytes: number, micros: number | undefined, isShared: boolean): Promise<string> {
  const plain = await plainLoader('m', 1).load()
  if (micros !== undefined) plain.cost.observe(micros)
  const request = { method: 'predict', format: 'json', body: new Uint8Array(bodyBytes) } as const
  const answer = await lane.answer(isShared ? { ...plain, shared } : plain, request, () => false)
  return Buffer.from(answer).toString()
}

test.each([
  ['a small body for a fast model', 100, 10, true, 'inline'],
  ['a large body', 101, 10, true, 'other'],
  ['a slow model', 1, 1001, true, 'other'],
  ['a model that was never measured', 1, undefined, true, 'other'],
  ['a model that other threads cannot reach', 101, 5000, false, 'inline'],
] as const)('%s', async (_situation, bodyBytes, micros, isShared, expected) => {
  expect(await laneFor(bodyBytes, micros, isShared)).toBe(expected)
})

describe('a large request', () => {
  const large = { method: 'predict', format: 'json', body: new Uint8Array(100_000) } as const
  const client = (): (() => boolean) => () => false

  /** The lanes that requests of 100,000 bytes take in turn, for a model that takes so long for one. */
  async function lanesFor(micros: number, clients: readonly (() => boolean)[]): Promise<string[]> {
    const servable = { ...(await plainLoader('m', 1).load()), shared }
    servable.cost.observe(micros, large.body.length)
    const bySize = laneBySize(named('inline'), named('other'), limits)
    const taken: string[] = []
    for (const one of clients) taken.push(String(await bySize.answer(servable, large, one)))
    return taken
  }

  test('of a client that asks again and again stays inline while it takes no longer than that', async () => {
    const only = client()
    expect(await lanesFor(3000, [only, only, only])).toEqual(['other', 'inline', 'inline'])
    expect(await lanesFor(5000, [only, only])).toEqual(['other', 'other'])
  })

  test('of clients that take turns goes to another thread', async () => {
    const [one, two] = [client(), client()]
    expect(await lanesFor(3000, [one, two, one, two, two])).toEqual([...new Array(4).fill('other'), 'inline'])
  })

  test('goes to another thread while one is under way there', async () => {
    let end = (): void => undefined
    const busy: Lane = {
      answer: () =>
        new Promise((resolve) => {
          end = () => resolve(Buffer.from('other'))
        }),
    }
    const bySize = laneBySize(named('inline'), busy, limits)
    const servable = { ...(await plainLoader('m', 1).load()), shared }
    servable.cost.observe(3000, large.body.length)
    const [one, two] = [client(), client()]
    const ask = async (by: () => boolean) => String(await bySize.answer(servable, large, by))
    const first = ask(one)
    const endFirst = end
    const second = ask(two)
    const endSecond = end
    const third = ask(two)
    endSecond()
    end()
    expect(await Promise.all([second, third])).toEqual(['other', 'other'])
    endFirst()
    expect(await first).toBe('other')
    expect(await ask(two)).toBe('inline')
  })
})
