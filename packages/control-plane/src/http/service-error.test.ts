import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ask, describeHeaders, form, json, type ServicesBed, serveAll } from './testing/services-bed.ts'

let signed: ServicesBed
beforeAll(async () => {
  signed = await serveAll('signed')
})
afterAll(() => signed[Symbol.asyncDispose]())

describe('an error is told in the words of the service asked', () => {
  const role = 'Action=GetRole&RoleName='
  const cases: readonly (Ask & { name: string; status: number; expected: RegExp })[] = [
    {
      name: 'a browser that comes by',
      method: 'GET',
      status: 403,
      expected: /^<\?xml[\s\S]*<Error><Code>AccessDenied<\/Code><Message>Access Denied<\/Message><RequestId>/,
    },
    {
      name: 'an unsigned JSON request',
      headers: describeHeaders,
      status: 400,
      expected: /"__type":"MissingAuthenticationTokenException"/,
    },
    {
      name: 'an unsigned form',
      headers: form,
      body: role,
      status: 403,
      expected: /<ErrorResponse[^>]*><Error><Type>Sender<\/Type><Code>MissingAuthenticationToken</,
    },
    {
      name: 'an unsigned prediction',
      target: '/endpoints/a/invocations',
      status: 400,
      expected: /MissingAuthenticationTokenException/,
    },
    {
      name: 'an unknown operation of JSON',
      service: 'sagemaker',
      headers: { ...json, 'x-amz-target': 'SageMaker.No' },
      status: 400,
      expected: /UnknownOperationException/,
    },
    {
      name: 'an unknown operation of S3',
      service: 's3',
      method: 'DELETE',
      target: '/b/k',
      status: 405,
      expected: /<Code>MethodNotAllowed</,
    },
    {
      name: 'an unknown action',
      service: 'iam',
      headers: form,
      body: 'Action=No',
      status: 400,
      expected: /<Code>InvalidAction</,
    },
    {
      name: 'a service that is not here',
      service: 'ecr',
      headers: { ...json, 'x-amz-target': 'Registry.Get' },
      status: 400,
      expected: /"UnknownOperationException".*'ecr' is not served here/,
    },
    {
      name: 'an input outside its limits',
      service: 'sagemaker',
      headers: describeHeaders,
      body: '{"Name":"too-long-a-name"}',
      status: 400,
      expected:
        /"ValidationException","message":"1 validation error detected: Value 'too-long-a-name' at 'name'/,
    },
    {
      name: 'such an input, where the service has its own name for it',
      service: 'sagemaker',
      target: '/endpoints/too-long-a-name/invocations',
      status: 400,
      expected: /ValidationError/,
    },
    {
      name: 'a role that cannot be named',
      service: 'iam',
      headers: form,
      body: `${role}a%20b`,
      status: 400,
      expected: /<Code>ValidationError</,
    },
    {
      name: 'a body that is no JSON',
      service: 'sagemaker',
      headers: describeHeaders,
      body: '{',
      status: 400,
      expected: /SerializationException/,
    },
    {
      name: 'a body other than the one signed, of JSON',
      service: 'sagemaker',
      headers: describeHeaders,
      payload: createHash('sha256').update('other').digest('hex'),
      body: '{"Name":"a"}',
      status: 400,
      expected: /InvalidSignatureException/,
    },
    {
      name: 'a body other than the one signed, of S3',
      service: 's3',
      method: 'PUT',
      target: '/b/k',
      payload: createHash('sha256').update('other').digest('hex'),
      body: 'hi',
      status: 400,
      expected: /<Code>XAmzContentSHA256Mismatch</,
    },
    {
      name: 'a link that makes no sense',
      method: 'GET',
      target: '/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256',
      status: 400,
      expected: /<Code>AuthorizationQueryParametersError</,
    },
  ]
  test.each(cases)('$name', async ({ name: _, expected, status, ...request }) => {
    const answer = await signed.ask(request)
    expect(answer.text).toMatch(expected)
    expect(answer.status).toBe(status)
    expect(signed.failures).toEqual([])
  })

  test('one that nobody foresaw is not told, but reported', async () => {
    const request = { service: 'sagemaker', headers: describeHeaders, body: '{"Name":"broken"}' }
    const answer = await signed.ask(request)
    expect(answer.status).toBe(500)
    expect(answer.text).toMatch(/"InternalFailure"/)
    expect(answer.text).not.toMatch(/secret/)
    const requestId = answer.headers.get('x-amzn-requestid')
    expect(signed.failures.splice(0)).toEqual([
      { error: new Error('a secret of the house'), requestId, service: 'sagemaker', operation: 'Describe' },
    ])
  })
})
