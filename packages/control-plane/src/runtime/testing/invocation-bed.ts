import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { sagemakerRuntime } from '@sagebrush/api'
import { dispatcher } from '../../http/dispatch.ts'
import { HttpServer } from '../../http/http-server.ts'
import { mount } from '../../http/mount.ts'
import type { EndpointRecord } from '../../resources/endpoint/record.ts'
import { openDatabase } from '../../store/sqlite.ts'
import { sqliteCollection } from '../../store/sqlite-collection.ts'
import { InstanceClient } from '../instance-client.ts'
import { type RuntimeHandlersOptions, runtimeHandlers } from '../runtime-handlers.ts'

export const payloadLimitBytes = 1_000_000

export type Behaviour = (asked: IncomingMessage, answer: ServerResponse) => unknown

export interface Call {
  readonly endpoint?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** InvokeEndpoint on a port that asks for no signatures, and the container of its endpoint `e`, for which the test speaks. */
export interface InvocationBed extends AsyncDisposable {
  /** What the container does with a request; at first it sends it back. */
  behave: Behaviour
  /** How many connections the container has had. */
  connections: number
  /** `host:port` */
  readonly containerAddress: string
  putEndpoint(name: string, more: EndpointFacts): Promise<void>
  /** A call whose body is still to be written. */
  begin(call?: Call): ClientRequest
  invoke(call?: Call): Promise<Answer>
}

export interface EndpointFacts {
  /** Of its instance; one that is not there yet has none. */
  readonly address?: string
  readonly status?: EndpointRecord['status']
  readonly variant?: Partial<EndpointRecord['variant']>
}

export async function openInvocationBed({ timeoutMillis = 60_000 } = {}): Promise<InvocationBed> {
  const directory = await mkdtemp(join(tmpdir(), 'sagebrush-runtime-'))
  const database = openDatabase(directory)
  const endpoints = sqliteCollection<EndpointRecord>(database, 'endpoints')
  const client = new InstanceClient()
  const server = await serve({ endpoints, client, payloadLimitBytes, timeoutMillis })
  const container = createServer((asked, answer) => bed.behave(asked, answer))
  container.on('connection', () => bed.connections++)
  container.listen(0, '127.0.0.1')
  await once(container, 'listening')
  const agent = new Agent({ keepAlive: true })

  const begin = ({ endpoint = 'e', headers = {} }: Call = {}) =>
    request({
      agent,
      port: server.port,
      method: 'POST',
      path: `/endpoints/${endpoint}/invocations`,
      headers: { 'content-type': 'application/json', ...headers },
    })
  const bed: InvocationBed = {
    behave: echo,
    connections: 0,
    containerAddress: addressOf(container),
    begin,
    putEndpoint: async (name, facts) => {
      await endpoints.create(endpointRecord(name, facts))
    },
    async invoke(call = {}) {
      const asked = begin(call)
      asked.end(call.body ?? '[1]')
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
    },
    async [Symbol.asyncDispose]() {
      agent.destroy()
      client[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
      container.closeAllConnections()
      container.close()
      database.close()
      await rm(directory, { recursive: true })
    },
  }
  await bed.putEndpoint('e', { address: bed.containerAddress })
  return bed
}

/** An address at which nothing listens. */
export async function closedAddress(): Promise<string> {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = addressOf(closed)
  closed.close()
  await once(closed, 'close')
  return address
}

export async function echo(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  answer.setHeader('content-type', asked.headers['content-type'] ?? 'none')
  answer.end(await text(asked))
}

function serve(options: RuntimeHandlersOptions): Promise<HttpServer> {
  return HttpServer.listen({
    host: '127.0.0.1',
    port: 0,
    onError: () => {},
    answer: dispatcher({
      mounts: [mount(sagemakerRuntime, runtimeHandlers(options))],
      authentication: { mode: 'none', secretOf: () => undefined, now: () => now, heldBodyLimitBytes: 1 },
      account: '123456789012',
      defaultRegion: 'us-west-2',
      newRequestId: () => 'request-1',
      onFailure: ({ error }) => console.error(error),
    }),
  })
}

const now = new Date()
const addressOf = (listening: Server) => `127.0.0.1:${(listening.address() as AddressInfo).port}`

function endpointRecord(
  name: string,
  { address, status = 'InService', variant = {} }: EndpointFacts,
): EndpointRecord {
  return {
    name,
    arn: `arn:aws:sagemaker:us-west-2:123456789012:endpoint/${name}`,
    tags: [],
    region: 'us-west-2',
    account: '123456789012',
    createdAt: now,
    modifiedAt: now,
    status,
    request: { EndpointConfigName: 'c' },
    variant: {
      name: 'AllTraffic',
      weight: 1,
      modelName: 'm',
      image: 'i',
      instanceType: 't',
      environment: {},
      ...variant,
    },
    instance: {
      groupId: `serve-${name}-1`,
      id: 'i-1',
      assignedAt: now,
      notBefore: now,
      failures: 0,
      startedAt: now,
      ...(address ? { address } : {}),
    },
  }
}
