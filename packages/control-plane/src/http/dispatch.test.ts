import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mount } from './mount.ts'
import { type Ask, describeHeaders, form, jobs, type ServicesBed, serveAll } from './testing/services-bed.ts'

let signed: ServicesBed
let open: ServicesBed
beforeAll(async () => {
  signed = await serveAll('signed')
  open = await serveAll('none')
})
afterAll(async () => {
  await signed[Symbol.asyncDispose]()
  await open[Symbol.asyncDispose]()
})

describe('a signed request reaches the service of its scope', () => {
  const cases: readonly (Ask & { name: string; expected: RegExp })[] = [
    {
      name: 'JSON by its target',
      service: 'sagemaker',
      headers: describeHeaders,
      body: '{"Name":"a"}',
      expected: /^\{"Name":"a","Region":"eu-west-1","Account":"123456789012"\}$/,
    },
    {
      name: 'of two with one name, the one without a target',
      service: 'sagemaker',
      target: '/endpoints/a/invocations',
      body: 'hi',
      expected: /^hi$/,
    },
    { name: 'S3', service: 's3', method: 'PUT', target: '/b/k', body: 'hi', expected: /<ETag>hi<\/ETag>/ },
    {
      name: 'STS',
      service: 'sts',
      headers: form,
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
      expected: /<Arn>arn:aws:sts::123456789012:assumed-role\/SageMakerRole\/sagebrush<\/Arn>/,
    },
    {
      name: 'IAM',
      service: 'iam',
      headers: form,
      body: 'Action=GetRole&RoleName=MyRole',
      expected: /<Arn>arn:aws:iam::123456789012:role\/MyRole<\/Arn>/,
    },
  ]
  test.each(cases)('$name', async ({ name: _, expected, ...request }) => {
    const answer = await signed.ask(request)
    expect(answer.text).toMatch(expected)
    expect(answer.status).toBe(200)
  })

  test('and its answer has an id', async () => {
    const answer = await signed.ask({ service: 'sagemaker', headers: describeHeaders, body: '{"Name":"a"}' })
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

test('a browser is told what answers here, and nobody else', async () => {
  const browser = {
    method: 'GET',
    target: '/',
    headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
  }
  expect(await signed.ask(browser)).toMatchObject({
    status: 200,
    text: expect.stringContaining('npx sagebrush env'),
  })
  expect((await signed.ask({ ...browser, target: '/bucket' })).status).toBe(403)
  expect((await signed.ask({ ...browser, headers: { accept: '*/*' } })).status).toBe(403)
  expect((await signed.ask({ ...browser, service: 's3' })).text).not.toContain('npx')
})

test('the checksum behind an aws-chunked body reaches its handler', async () => {
  const answer = await signed.ask({
    service: 's3',
    method: 'PUT',
    target: '/b/k',
    headers: {
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'x-amz-decoded-content-length': '2',
      'content-encoding': 'aws-chunked',
    },
    payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    body: '2\r\nhi\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
  })
  expect(answer.text).toMatch(/<ETag>AAAAAA==<\/ETag>/)
})

describe('without authentication', () => {
  const cases: readonly (Ask & { name: string; expected: RegExp })[] = [
    { name: 'a target', headers: describeHeaders, body: '{"Name":"a"}', expected: /"Region":"us-west-2"/ },
    { name: 'a path', target: '/endpoints/a/invocations', body: 'hi', expected: /^hi$/ },
    { name: 'an object', method: 'PUT', target: '/b/k', body: 'hi', expected: /<ETag>hi</ },
    {
      name: 'one action',
      headers: form,
      body: 'Action=GetCallerIdentity',
      expected: /<Account>123456789012</,
    },
    { name: 'another action', headers: form, body: 'Action=GetRole&RoleName=R', expected: /role\/R</ },
    {
      name: 'an action in the query',
      method: 'GET',
      target: '/?Action=GetRole&RoleName=R',
      expected: /role\/R</,
    },
    {
      name: 'a wrong signature',
      headers: {
        ...describeHeaders,
        authorization:
          'AWS4-HMAC-SHA256 Credential=x/20261121/ap-south-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0',
        'x-amz-date': '20261121T000000Z',
      },
      body: '{"Name":"a"}',
      expected: /"Region":"ap-south-1"/,
    },
  ]
  test.each(cases)('$name is enough', async ({ name: _, expected, ...request }) => {
    expect((await open.ask(request)).text).toMatch(expected)
  })

  test.each([
    { name: 'another site', headers: { origin: 'https://evil.example' } },
    { name: 'another port of this machine', headers: { origin: 'http://127.0.0.1:1' } },
    { name: 'a link on another site', headers: { 'sec-fetch-site': 'cross-site' } },
  ])('a page of $name is refused', async ({ headers }) => {
    expect(await open.ask({ method: 'PUT', target: '/b/k', headers, body: 'hi' })).toMatchObject({
      status: 403,
    })
  })
})

test('a service with an operation that nothing answers is not mounted', () => {
  expect(() => mount(jobs, JSON.parse('{}'))).toThrow('sagemaker: Describe has no handler')
})
