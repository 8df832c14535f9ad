import { expect, test } from 'vitest'
import { plainLoader } from '../testing/plain-servable.ts'
import { type Lane, laneBySize } from './lane.ts'

const named = (name: string): Lane => ({ answer: async () => Buffer.from(name) })
const lane = laneBySize(named('inline'), named('other'), { inlineBytes: 100, inlineMicros: 1000 })
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
