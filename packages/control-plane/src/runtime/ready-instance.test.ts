import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Call, closedAddress, type InvocationBed, openInvocationBed } from './testing/invocation-bed.ts'

let bed: InvocationBed
beforeEach(async () => {
  bed = await openInvocationBed()
})
afterEach(() => bed[Symbol.asyncDispose]())

test.each<[string, Call, number, string, string]>([
  [
    'is not there',
    { endpoint: 'x' },
    400,
    'ValidationError',
    'Endpoint x of account 123456789012 not found.',
  ],
  [
    'is being made',
    { endpoint: 'creating' },
    400,
    'ValidationError',
    'Endpoint creating of account 123456789012 not found.',
  ],
  [
    'has no instance just now',
    { endpoint: 'replaced' },
    503,
    'ServiceUnavailable',
    'The service is unavailable. Try your call again: the instance is being replaced.',
  ],
  [
    'has an instance that nobody has yet found gone',
    { endpoint: 'gone' },
    503,
    'ServiceUnavailable',
    'The service is unavailable. Try your call again: the instance is being replaced.',
  ],
  [
    'has one model, and is asked for a certain one',
    { headers: { 'x-amzn-sagemaker-target-model': 'a.tar.gz' } },
    400,
    'ValidationError',
    'Endpoint e is not a multi-model endpoint and does not support target model header.',
  ],
  [
    'has not the variant asked for',
    { headers: { 'x-amzn-sagemaker-target-variant': 'Other' } },
    400,
    'ValidationError',
    'Variant Other of Endpoint e of account 123456789012 not found.',
  ],
  [
    'has no inference components',
    { headers: { 'x-amzn-sagemaker-inference-component': 'ic' } },
    400,
    'ValidationError',
    'Inference Component ic of Endpoint e of account 123456789012 not found.',
  ],
  [
    'has one container, and is asked for a certain one',
    { headers: { 'x-amzn-sagemaker-target-container-hostname': 'h' } },
    400,
    'ValidationError',
    'Endpoint e of account 123456789012 has one container and does not support target container hostname header.',
  ],
])('an endpoint that %s is an error', async (_, call, status, code, message) => {
  await bed.putEndpoint('creating', { status: 'Creating', address: bed.containerAddress })
  await bed.putEndpoint('replaced', {})
  await bed.putEndpoint('gone', { address: await closedAddress() })
  const answer = await bed.invoke(call)
  expect(answer.status).toBe(status)
  expect(answer.headers['x-amzn-errortype']).toBe(code)
  expect(JSON.parse(answer.body)).toMatchObject({ message })
})
