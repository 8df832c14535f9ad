import { restFace } from '../faces/rest.ts'
import type { ModelPorts } from '../faces/user-code-face.ts'
import { startHttpServer } from '../http-server.ts'
import type { PredictService } from '../predict-service.ts'

export interface ModelPortsOptions extends ModelPorts {
  readonly bodyLimitBytes: number
  readonly drainSeconds: number
}

/**
 * TensorFlow Serving's REST and gRPC on the loopback interface, for handlers that call the model by themselves. A port
 * of 0 is a free one. Rejects with Node's error where one cannot be opened; none is open then.
 */
export async function openModelPorts(
  service: PredictService,
  { rest, grpc, bodyLimitBytes, drainSeconds }: ModelPortsOptions,
): Promise<ModelPorts & AsyncDisposable> {
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
