import { createHash, randomUUID } from 'node:crypto'
import {
  awsJson11,
  bytesOf,
  errorType,
  type HttpRequest,
  iam,
  operation,
  readAll,
  required,
  restJson1,
  restXml,
  service,
  signRequest,
  stream,
  string,
  structure,
  sts,
  trailersOf,
} from '@sagebrush/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { iamHandlers, stsHandlers } from '../identity/identity-handlers.ts'
import { dispatcher, type Failure } from './dispatch.ts'
import { HttpServer } from './http-server.ts'
import { mount } from './mount.ts'

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const name = string({ min: 1, max: 8 })
const failures: Failure[] = []

const describeOperation = operation({
  name: 'Describe',
  input: structure({ Name: required(name) }),
  output: structure({ Name: name, Region: string(), Account: string() }),
  errors: [],
})
const jobs = service({
  signingName: 'sagemaker',
  apiVersion: '1',
  targetPrefix: 'SageMaker',
  protocol: awsJson11,
  operations: [describeOperation],
})
const invoke = operation({
  name: 'Invoke',
  http: { method: 'POST', path: '/endpoints/{Name}/invocations' },
  input: structure({
    Name: required(name, { at: { path: 'Name' } }),
    Body: required(stream(), { at: { payload: true } }),
  }),
  output: structure({ Body: required(stream(), { at: { payload: true } }) }),
  errors: [errorType('ValidationError', 400)],
})
const runtime = service({
  signingName: 'sagemaker',
  apiVersion: '1',
  protocol: restJson1,
  operations: [invoke],
})
const put = operation({
  name: 'Put',
  http: { method: 'PUT', path: '/{Bucket}/{Key+}' },
  input: structure({
    Bucket: required(string(), { at: { path: 'Bucket' } }),
    Key: required(string(), { at: { path: 'Key' } }),
    Body: required(stream(), { at: { payload: true } }),
  }),
  output: structure({ ETag: string() }),
  errors: [],
})
const objects = service({ signingName: 's3', apiVersion: '1', protocol: restXml, operations: [put] })

const mounts = [
  mount(jobs, {
    async Describe({ Name }, { region, account }) {
      if (Name === 'broken') throw new Error('a secret of the house')
      return { Name, Region: region, Account: account }
    },
  }),
  mount(runtime, { Invoke: async ({ Body }) => ({ Body: bytesOf(await readAll(Body, 1000)) }) }),
  mount(objects, {
    async Put({ Body }) {
      const bytes = await readAll(Body, 1000)
      return { ETag: trailersOf(Body)?.get('x-amz-checksum-crc32') ?? String(bytes) }
    },
  }),
  mount(sts, stsHandlers),
  mount(iam, iamHandlers({ createdAt: new Date(0) })),
]

async function serve(mode: 'signed' | 'none'): Promise<HttpServer> {
  const answer = dispatcher({
    mounts,
    authentication: {
      mode,
      secretOf: (id) => (id === credentials.accessKeyId ? credentials.secretAccessKey : undefined),
      now: () => new Date(),
      heldBodyLimitBytes: 1000,
    },
    account: '123456789012',
    defaultRegion: 'us-west-2',
    newRequestId: randomUUID,
    onFailure: (failure) => failures.push(failure),
  })
  return await HttpServer.listen({
    host: '127.0.0.1',
    port: 0,
    answer,
    onError: (error) => failures.push({ error, requestId: '', service: '', operation: '' }),
  })
}

let signed: HttpServer
let open: HttpServer
beforeAll(async () => {
  signed = await serve('signed')
  open = await serve('none')
})
afterAll(async () => {
  await signed.close(0)
  await open.close(0)
})

interface Ask {
  readonly method?: string
  readonly target?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly service?: string
  readonly payload?: string
}

async function ask(
  server: HttpServer,
  { method = 'POST', target = '/', headers = {}, body = '', ...sign }: Ask,
) {
  const host = `127.0.0.1:${server.port}`
  const plain: HttpRequest = {
    method,
    target,
    headers: new Headers({ host, ...headers }),
    body: bytesOf(body),
    signal: AbortSignal.timeout(5000),
  }
  const payload = sign.payload ?? createHash('sha256').update(body).digest('hex')
  const options = { credentials, region: 'eu-west-1', now: new Date(), payload }
  const request =
    sign.service === undefined ? plain : signRequest(plain, { ...options, service: sign.service })
  const response = await fetch(`http://${host}${target}`, {
    method,
    headers: request.headers,
    ...(method === 'GET' ? {} : { body }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const json = { 'content-type': 'application/x-amz-json-1.1' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const describeHeaders = { ...json, 'x-amz-target': 'SageMaker.Describe' }

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
    const answer = await ask(signed, request)
    expect(answer.text).toMatch(expected)
    expect(answer.status).toBe(200)
  })

  test('and its answer has an id', async () => {
    const answer = await ask(signed, { service: 'sagemaker', headers: describeHeaders, body: '{"Name":"a"}' })
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

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
    const answer = await ask(signed, request)
    expect(answer.text).toMatch(expected)
    expect(answer.status).toBe(status)
    expect(failures).toEqual([])
  })

  test('one that nobody foresaw is not told, but reported', async () => {
    const request = { service: 'sagemaker', headers: describeHeaders, body: '{"Name":"broken"}' }
    const answer = await ask(signed, request)
    expect(answer.status).toBe(500)
    expect(answer.text).toMatch(/"InternalFailure"/)
    expect(answer.text).not.toMatch(/secret/)
    const requestId = answer.headers.get('x-amzn-requestid')
    expect(failures.splice(0)).toEqual([
      { error: new Error('a secret of the house'), requestId, service: 'sagemaker', operation: 'Describe' },
    ])
  })
})

test('the checksum behind an aws-chunked body reaches its handler', async () => {
  const answer = await ask(signed, {
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
    expect((await ask(open, request)).text).toMatch(expected)
  })

  test.each([
    { name: 'another site', headers: { origin: 'https://evil.example' } },
    { name: 'another port of this machine', headers: { origin: 'http://127.0.0.1:1' } },
    { name: 'a link on another site', headers: { 'sec-fetch-site': 'cross-site' } },
  ])('a page of $name is refused', async ({ headers }) => {
    expect(await ask(open, { method: 'PUT', target: '/b/k', headers, body: 'hi' })).toMatchObject({
      status: 403,
    })
  })
})

test('a service with an operation that nothing answers is not mounted', () => {
  expect(() => mount(jobs, JSON.parse('{}'))).toThrow('sagemaker: Describe has no handler')
})
