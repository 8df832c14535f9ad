import { serverFace } from '../faces/server-face.ts'
import type { ContainerLevel } from '../formats/container-rules.ts'
import { type HttpServer, startHttpServer } from '../http/http-server.ts'
import { inlineLane } from '../lanes/lane.ts'
import { createManager } from '../lifecycle/manager.ts'
import { createPredictService } from '../prediction/predict-service.ts'
import type { Loader } from '../servable.ts'

export interface PlainServer extends AsyncDisposable {
  readonly url: string
  readonly http: HttpServer
}

/** The real faces on a real port, over models without TensorFlow. */
export async function startPlainServer(
  loaders: readonly Loader[],
  options: {
    readonly isStrict?: boolean
    readonly level?: ContainerLevel
    readonly bodyLimitBytes?: number
  } = {},
): Promise<PlainServer> {
  const manager = createManager()
  await manager.load(loaders)
  const service = createPredictService(manager, inlineLane)
  const face = serverFace(service, {
    defaultModel: loaders[0]?.id.model ?? 'None',
    isStrict: options.isStrict ?? false,
    ...(options.level && { level: options.level }),
  })
  const http = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    bodyLimitBytes: options.bodyLimitBytes ?? 1024 * 1024,
    face,
  })
  return {
    http,
    url: `http://127.0.0.1:${http.port}`,
    async [Symbol.asyncDispose]() {
      await http.close(0)
      await manager[Symbol.asyncDispose]()
    },
  }
}
