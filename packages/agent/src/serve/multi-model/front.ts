import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { hasCode } from '../../error-code.ts'
import { FrontRefusal, LoadFailure, refusalStatus } from './front-refusal.ts'
import type { ModelContainer } from './model-container.ts'
import { modelId } from './model-files.ts'
import type { ResidentModels } from './resident-models.ts'

export interface FrontOptions {
  readonly container: ModelContainer
  readonly models: Pick<ResidentModels, 'lease'>
  /** Takes what goes wrong inside. */
  readonly log: (line: string) => void
}

/**
 * What a multi-model endpoint's instance shows in place of its container: `POST /invocations` with
 * `X-Amzn-SageMaker-Target-Model` goes to that model of the container once it is loaded. Disposing it cuts off what is
 * still open. Rejects with Node's error where no port can be had.
 */
export async function openFront(options: FrontOptions): Promise<{ address: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => response.destroy())
  })
  // It is the control plane that closes idle connections.
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => close(server) }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

const targetHeader = 'x-amzn-sagemaker-target-model'

async function answer(
  { container, models, log }: FrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    const target = request.headers[targetHeader]
    if (typeof target !== 'string') throw new FrontRefusal('ValidationError', `${targetHeader} is missing.`)
    using _lease = await models.lease(target)
    const { host, connection, ...headers } = request.headers
    const path = `/models/${modelId(target)}/invoke`
    const given = await container.forward({ path, headers, body: request, signal: gone.signal })
    const { 'x-sagebrush-error': _ours, connection: _hop, ...kept } = given.headers
    response.writeHead(given.statusCode ?? 500, kept)
    await pipeline(given, response)
  } catch (error) {
    if (response.headersSent || gone.signal.aborted) throw error
    refuse(response, error, log)
  }
}

function refuse(response: ServerResponse, error: unknown, log: FrontOptions['log']): void {
  if (error instanceof LoadFailure) {
    response.writeHead(error.status, { 'content-type': 'application/json' }).end(error.body)
    return
  }
  // A connection that breaks is what the control plane sees of a container that breaks.
  if (hasCode(error, 'ECONNRESET')) {
    response.destroy()
    return
  }
  const known = error instanceof FrontRefusal ? error : new FrontRefusal('InternalFailure', 'Internal error')
  if (known !== error) log(`sagebrush-agent: ${error instanceof Error ? error.stack : String(error)}`)
  response
    .writeHead(refusalStatus[known.code], { 'content-type': 'text/plain', 'x-sagebrush-error': known.code })
    .end(known.message)
}
