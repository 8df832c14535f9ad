import { ProtobufReader } from '../formats/protobuf.ts'
import { WireWriter } from '../formats/tensor-proto/wire-writer.ts'
import { StatusError } from '../status.ts'
import type { StreamMethod, UnaryMethod } from './transport/method.ts'

/** grpc.health.v1.Health over a set of services, which serve until they are told to stop. */
export interface Health {
  /** Throws StatusError NOT_FOUND for a service that there is not. */
  readonly check: UnaryMethod
  /** The status of each. */
  readonly list: UnaryMethod
  /** Tells the status now and whenever it changes; of a service that there is not, SERVICE_UNKNOWN. */
  readonly watch: StreamMethod
  /** Every service becomes NOT_SERVING, watchers are told and their calls end. */
  shutDown(): void
}

/** Source: grpc/health/v1/health.proto, HealthCheckResponse.ServingStatus. */
const statuses = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 }

export function createHealth(services: ReadonlySet<string>): Health {
  const ending = new AbortController()
  return { check, list, watch, shutDown: () => ending.abort() }

  async function check(request: Uint8Array): Promise<Uint8Array> {
    const name = readService(request)
    if (!services.has(name)) throw new StatusError('NOT_FOUND', `unknown service ${name}`)
    return response(current())
  }

  /** HealthListResponse { statuses 1 map<string, HealthCheckResponse> }. */
  async function list(): Promise<Uint8Array> {
    const writer = new WireWriter()
    for (const name of services) {
      writer.message(1, () => {
        writer.textField(1, name)
        writer.bytesField(2, response(current()))
      })
    }
    return writer.finish()
  }

  async function* watch(requests: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    for await (const request of requests) {
      const isKnown = services.has(readService(request))
      const first = isKnown ? current() : statuses.SERVICE_UNKNOWN
      yield response(first)
      await aborted(AbortSignal.any([ending.signal, signal]))
      if (first === statuses.SERVING && !signal.aborted) yield response(current())
      return
    }
  }

  function current(): number {
    return ending.signal.aborted ? statuses.NOT_SERVING : statuses.SERVING
  }
}

/** HealthCheckRequest { service 1 }; '' asks for the server as a whole. */
function readService(request: Uint8Array): string {
  const reader = new ProtobufReader(request)
  let name = ''
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else reader.skip()
  }
  return name
}

/** HealthCheckResponse { status 1 }. */
const response = (status: number): Uint8Array => Uint8Array.of(8, status)

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
