import { restFace } from '../faces/rest.ts'
import type { ModelPorts } from '../faces/user-code-face.ts'
import { startHttpServer } from '../http/http-server.ts'
import type { PredictService } from '../prediction/predict-service.ts'

export interface ModelPortsOptions {
  /** In order of preference; when none of them is free, any port is taken. */
  readonly pairs: readonly ModelPorts[]
  readonly bodyLimitBytes: number
  readonly drainSeconds: number
  readonly log: (line: string) => void
}

type OpenPorts = ModelPorts & AsyncDisposable

const anyPorts: ModelPorts = { rest: 0, grpc: 0 }

/**
 * TensorFlow Serving's REST and gRPC on the loopback interface, for handlers that call the model by themselves.
 * Rejects with Node's error where a port cannot be opened for another reason than its being in use.
 */
export async function openModelPorts(
  service: PredictService,
  options: ModelPortsOptions,
): Promise<OpenPorts> {
  for (const pair of options.pairs) {
    const open = await openPair(service, pair, options).catch(unlessInUse)
    if (open) return open
    const { rest, grpc } = pair
    options.log(`port ${rest} or ${grpc}, where handlers would call the model, is in use: others are taken`)
  }
  return openPair(service, anyPorts, options)
}

async function openPair(
  service: PredictService,
  { rest, grpc }: ModelPorts,
  { bodyLimitBytes, drainSeconds }: ModelPortsOptions,
): Promise<OpenPorts> {
  const host = '127.0.0.1'
  const http = await startHttpServer({ host, port: rest, bodyLimitBytes, face: restFace(service) })
  try {
    // gRPC costs memory: loaded only where there is user code.
    const { startGrpcServer } = await import('../grpc/grpc-server.ts')
    const server = await startGrpcServer({ service, host, port: grpc, limitBytes: 2 ** 31 - 1 })
    return {
      rest: http.port,
      grpc: server.port ?? 0,
      async [Symbol.asyncDispose]() {
        await Promise.all([http.close(drainSeconds), server.close(drainSeconds)])
      },
    }
  } catch (error) {
    await http.close(0)
    throw error
  }
}

/** Node's error has a code; that of grpc-js has it in its words. */
function unlessInUse(error: unknown): undefined {
  if (!(error instanceof Error && /EADDRINUSE|EACCES/.test(error.message))) throw error
}
