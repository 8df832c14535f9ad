import {
  bytesOf,
  type HttpRequest,
  type HttpResponse,
  type Match,
  type Operation,
  query,
  RequestEntityTooLarge,
  readAll,
  UnknownOperationException,
  validateInput,
} from '@sagebrush/api'
import { type AuthenticationOptions, authenticate } from './authenticate.ts'
import type { Mount } from './mount.ts'
import { readSender, type Sender, speakerFor } from './sender.ts'
import { errorForClient } from './service-error.ts'
import { welcomeFor } from './welcome.ts'

export interface DispatchOptions {
  readonly mounts: readonly Mount[]
  readonly authentication: AuthenticationOptions
  /** Twelve digits. */
  readonly account: string
  /** Of requests that name none: those without a Version 4 signature. */
  readonly defaultRegion: string
  readonly newRequestId: () => string
  /** Told of every answer with status 500, whose client isn't told why. */
  readonly onFailure: (failure: Failure) => void
}

export interface Failure {
  readonly error: unknown
  readonly requestId: string
  readonly service: string
  readonly operation: string | undefined
}

/**
 * The way of a request through the server. Whatever goes wrong becomes an answer in the words of the service asked.
 * Throws TypeError without mounts.
 */
export function dispatcher(options: DispatchOptions): (request: HttpRequest) => Promise<HttpResponse> {
  const { mounts, authentication, account, defaultRegion } = options
  const [first] = mounts
  if (first === undefined) throw new TypeError('a dispatcher needs a service')
  return async (request) => {
    const welcome = welcomeFor(request)
    if (welcome) return welcome
    const requestId = options.newRequestId()
    const sender = readSender(request, mounts, defaultRegion)
    let reached: Reached = { mount: speakerFor(request, sender, mounts) ?? first }
    try {
      const proven = await authenticate(request, { sender, speaker: reached.mount }, authentication)
      const match = await matchOperation(proven, sender, reached.mount)
      reached = match
      const { service, call } = match.mount
      const input = await service.protocol.readInput(service, match.operation, match.request)
      validateInput(match.operation, input)
      const context = { requestId, region: sender.region, account, signal: request.signal }
      const output = await call(match.operation.name, input, context)
      return service.protocol.writeOutput(service, match.operation, output, requestId)
    } catch (error) {
      const { service } = reached.mount
      const told = errorForClient(error, reached.operation)
      if (told.httpStatus === 500 && !request.signal.aborted)
        options.onFailure({
          error,
          requestId,
          service: service.signingName,
          operation: reached.operation?.name,
        })
      return service.protocol.writeError(service, told, requestId)
    }
  }
}

/** How far a request has come. */
interface Reached {
  readonly mount: Mount
  readonly operation?: Operation
}

async function matchOperation(
  request: HttpRequest,
  sender: Sender,
  speaker: Mount,
): Promise<Match & Reached> {
  const { candidates, signedFor } = sender
  if (candidates.length === 0 && signedFor !== undefined)
    throw UnknownOperationException(`The service '${signedFor}' is not served here.`)
  const again = candidates.length > 1 ? await readableAgain(request, candidates) : request
  for (const mount of candidates) {
    const match = await mount.service.protocol.match(mount.service, again)
    if (match !== undefined) return { mount, ...match }
  }
  throw speaker.service.protocol.unknownOperation(request)
}

/** A form's operation is in its body, which each service that may be meant has to read. */
async function readableAgain(request: HttpRequest, candidates: readonly Mount[]): Promise<HttpRequest> {
  if (!candidates.some(({ service }) => service.protocol === query)) return request
  try {
    return { ...request, body: bytesOf(await readAll(request.body, formLimitBytes)) }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw RequestEntityTooLarge(`HTTP content length exceeded ${formLimitBytes} bytes.`, { cause: error })
  }
}

const formLimitBytes = 1024 * 1024
