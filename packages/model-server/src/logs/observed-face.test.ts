import { describe, expect, test } from 'vitest'
import { type Face, type FaceRequest, jsonResponse } from '../faces/http.ts'
import { createLog } from './log.ts'
import { observedFace } from './observed-face.ts'

const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const plain: Face = async ({ header }) => jsonResponse(200, `${header('x-request-id')} ${header('accept')}`)

function requestWith(headers: Readonly<Record<string, string>>): FaceRequest {
  const header = (name: string): string | undefined => headers[name]
  return {
    method: 'POST',
    target: '/invocations',
    body: Buffer.from('abc'),
    header,
    isAbandoned: () => false,
  }
}

function observed(logs: boolean) {
  const lines: string[] = []
  const accessLog = createLog({ format: 'json', write: (line) => void lines.push(line), nowMillis: () => 0 })
  const face = observedFace(plain, { accessLog: logs ? accessLog : undefined, newId: () => 'new' })
  return { face, lines }
}

describe.each([
  ['without a log', false],
  ['with a log', true],
])('%s', (_situation, logs) => {
  test.each([
    ['the id of a request', { 'x-request-id': 'a-1' }],
    ['the id as AWS names it', { 'x-amzn-requestid': 'b-2' }],
    ['the trace context', { 'x-request-id': 'a', traceparent: trace }],
    ['a later version of it', { 'x-request-id': 'a', traceparent: `01${trace.slice(2)}-more` }],
  ])('%s comes back', async (_what, headers) => {
    const { face } = observed(logs)
    const answer = await face(requestWith(headers))
    expect(answer.headers).toEqual({ 'content-type': 'application/json', ...headers })
  })

  test.each([
    ['an id with a blank', { 'x-request-id': 'a b', 'x-amzn-requestid': 'b' }, { 'x-amzn-requestid': 'b' }],
    [
      'an id that is too long',
      { 'x-request-id': 'a'.repeat(129), 'x-amzn-requestid': 'b' },
      { 'x-amzn-requestid': 'b' },
    ],
    [
      'zeros for a trace',
      { 'x-request-id': 'a', traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` },
      { 'x-request-id': 'a' },
    ],
    [
      'a version that is forbidden',
      { 'x-request-id': 'a', traceparent: `ff${trace.slice(2)}` },
      { 'x-request-id': 'a' },
    ],
    ['no trace', { 'x-request-id': 'a', traceparent: 'x' }, { 'x-request-id': 'a' }],
  ])('%s does not', async (_what, headers, back) => {
    const { face } = observed(logs)
    expect((await face(requestWith(headers))).headers).toEqual({
      'content-type': 'application/json',
      ...back,
    })
  })
})

test('an answer without a request id is as it was', async () => {
  const { face } = observed(false)
  expect((await face(requestWith({}))).headers).toEqual({ 'content-type': 'application/json' })
})

test('where answers are logged, a request without an id gets one, which handlers see too', async () => {
  const { face } = observed(true)
  const answer = await face(requestWith({ accept: 'x' }))
  expect(answer.headers['x-request-id']).toBe('new')
  expect(Buffer.from(answer.body).toString()).toBe('new x')
})

test('a line says what was asked, answered, and by which id', async () => {
  const { face, lines } = observed(true)
  await face(requestWith({ 'x-amzn-requestid': 'b-2', traceparent: trace }))
  const { millis, ...line } = JSON.parse(lines.join(''))
  expect(line).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    level: 'info',
    message: 'answered',
    ...{ method: 'POST', target: '/invocations', status: 200, requestBytes: 3, answerBytes: 19 },
    ...{ requestId: 'b-2', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
  })
  expect(millis).toBeGreaterThanOrEqual(0)
})
