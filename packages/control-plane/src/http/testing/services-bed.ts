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
import { iamHandlers, stsHandlers } from '../../identity/identity-handlers.ts'
import { dispatcher, type Failure } from '../dispatch.ts'
import { HttpServer } from '../http-server.ts'
import { mount } from '../mount.ts'

export interface Ask {
  readonly method?: string
  readonly target?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Whose signature it has; without one it has none. */
  readonly service?: string
  /** The body's digest as it is signed, where it shall be wrong. */
  readonly payload?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** One service in each protocol, small ones of its own among them, on a port of its own. */
export interface ServicesBed extends AsyncDisposable {
  ask(request: Ask): Promise<Answer>
  /** What the server was told of; a test that expects some takes them away. */
  readonly failures: Failure[]
}

export const json = { 'content-type': 'application/x-amz-json-1.1' }
export const form = { 'content-type': 'application/x-www-form-urlencoded' }
/** Of `Describe`, JSON of a service of its own, signed for `sagemaker`. */
export const describeHeaders = { ...json, 'x-amz-target': 'SageMaker.Describe' }

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const name = string({ min: 1, max: 8 })

const describeOperation = operation({
  name: 'Describe',
  input: structure({ Name: required(name) }),
  output: structure({ Name: name, Region: string(), Account: string() }),
  errors: [],
})
export const jobs = service({
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

/** Whoever asks without a signature is refused where the mode is `signed`. */
export async function serveAll(mode: 'signed' | 'none'): Promise<ServicesBed> {
  const failures: Failure[] = []
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
  const server = await HttpServer.listen({
    host: '127.0.0.1',
    port: 0,
    answer,
    onError: (error) => failures.push({ error, requestId: '', service: '', operation: '' }),
  })
  return {
    failures,
    ask: (request) => ask(server.port, request),
    [Symbol.asyncDispose]: () => server.close(0),
  }
}

async function ask(
  port: number,
  { method = 'POST', target = '/', headers = {}, body = '', ...sign }: Ask,
): Promise<Answer> {
  const host = `127.0.0.1:${port}`
  const plain: HttpRequest = {
    method,
    target,
    headers: new Headers({ host, ...headers }),
    body: bytesOf(body),
    signal: new AbortController().signal,
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
