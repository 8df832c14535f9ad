import { afterEach, beforeEach, expect, test } from 'vitest'
import { type InvocationBed, openInvocationBed } from './testing/invocation-bed.ts'

let bed: InvocationBed
beforeEach(async () => {
  bed = await openInvocationBed()
})
afterEach(() => bed[Symbol.asyncDispose]())

const multiModel = { prefix: 's3://b/models/', isCaching: true }
const toModel = (target: string) => ({
  endpoint: 'many',
  headers: { 'x-amzn-sagemaker-target-model': target },
})

test('an endpoint of many models gets to know which one is meant', async () => {
  await bed.putEndpoint('many', { address: bed.containerAddress, variant: { multiModel } })
  bed.behave = (asked, answer) => answer.end(asked.headers['x-amzn-sagemaker-target-model'])
  expect(await bed.invoke(toModel('deep/a.tar.gz'))).toMatchObject({ status: 200, body: 'deep/a.tar.gz' })
})

test('an endpoint of many models must be told which one is meant', async () => {
  await bed.putEndpoint('many', { address: bed.containerAddress, variant: { multiModel } })
  const answer = await bed.invoke({ endpoint: 'many' })
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([400, 'ValidationError'])
  expect(JSON.parse(answer.body).message).toBe('Request request-1 is missing a target model header.')
})

test.each([
  ['ValidationError', 400, 'ValidationError', 'said'],
  ['ModelNotReadyException', 429, 'ModelNotReadyException', 'said'],
  ['ServiceUnavailable', 503, 'ServiceUnavailable', 'said'],
  ['Other', 424, 'ModelError', 'Received client error (400) from primary with message "said"'],
  [undefined, 424, 'ModelError', 'Received client error (400) from primary with message "said"'],
])('an instance of many models that speaks of %s', async (said, status, code, message) => {
  await bed.putEndpoint('many', { address: bed.containerAddress, variant: { multiModel } })
  bed.behave = (_asked, answer) =>
    answer.writeHead(400, said === undefined ? {} : { 'x-sagebrush-error': said }).end('said')
  const answer = await bed.invoke(toModel('a'))
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([status, code])
  expect(JSON.parse(answer.body).message).toContain(message)
})
