import { expect, test } from 'vitest'
import { StatusError } from '../status.ts'
import { createLog } from './log.ts'
import { observedMethod } from './observed-method.ts'

const context = { isAbandoned: () => false, deadlineMillis: Number.POSITIVE_INFINITY }
const metadata = (name: string): string | undefined => (name === 'x-request-id' ? 'a-1' : undefined)

async function lineFor(
  answer: () => Promise<Uint8Array>,
  more: { readonly metadata?: typeof metadata } = {},
) {
  const lines: string[] = []
  const log = createLog({ format: 'json', write: (line) => void lines.push(line), nowMillis: () => 0 })
  await observedMethod(log, '/s/M', answer)(new Uint8Array(3), { ...context, ...more }).catch(() => undefined)
  const { method, target, status, requestBytes, answerBytes, requestId } = JSON.parse(lines.join(''))
  return [method, target, status, requestBytes, answerBytes, requestId]
}

test.each([
  ['an answer', async () => new Uint8Array(5), {}, ['gRPC', '/s/M', 'OK', 3, 5, undefined]],
  ['its id', async () => new Uint8Array(5), { metadata }, ['gRPC', '/s/M', 'OK', 3, 5, 'a-1']],
  [
    'a failure',
    () => Promise.reject(new StatusError('NOT_FOUND', 'x')),
    {},
    ['gRPC', '/s/M', 'NOT_FOUND', 3, 0, undefined],
  ],
])('%s is logged', async (_situation, answer, more, expected) => {
  expect(await lineFor(answer, more)).toEqual(expected)
})

test('without a log the method stays as it is', () => {
  const method = async () => new Uint8Array(0)
  expect(observedMethod(undefined, '/s/M', method)).toBe(method)
})
