import type { Config } from './config.ts'
import { type Face, jsonResponse } from './faces/http.ts'
import { invocationsFace, pingFace } from './faces/invocations.ts'
import { restFace } from './faces/rest.ts'
import { startHttpServer } from './http-server.ts'
import { inlineLane, laneBySize } from './lanes/lane.ts'
import { createWorkerPool } from './lanes/worker-pool.ts'
import { createManager } from './manager.ts'
import { createPredictService } from './predict-service.ts'
import { findModels } from './sources/model-directory.ts'
import { savedModelLoader } from './tensorflow/saved-model-loader.ts'

export interface ModelServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Resolves when every model is available; rejects with the reason why one cannot be. */
  readonly ready: Promise<void>
}

/** Measured on two cores with an MNIST classifier and half_plus_two: where a hop to another thread pays. */
const inlineLimits = { inlineBytes: 32 * 1024, inlineMicros: 1000 }
const waitingLimit = 1000

/**
 * Opens the port, then loads: /ping answers 502 until everything is there. Disposing it drains and unloads.
 * Throws ModelDirectoryError before the port is open, and Node's error where it cannot be opened.
 */
export async function startModelServer(config: Config): Promise<ModelServer> {
  const { versions, defaultModel } = await findModels(config.modelDirectory, config.defaultModel)
  const manager = createManager()
  const pool = createWorkerPool({ workers: config.workers, waitingLimit })
  const lane = config.workers === 0 ? inlineLane : laneBySize(inlineLane, pool, inlineLimits)
  const service = createPredictService(manager, lane)
  const rest = restFace(service)
  const face = routes([
    { prefix: '/invocations', face: invocationsFace(service, { defaultModel, isStrict: config.isStrict }) },
    { prefix: '/ping', face: pingFace(service) },
    { prefix: '/v1/', face: rest },
    { prefix: '/tfs/', face: (request) => rest({ ...request, target: request.target.slice('/tfs'.length) }) },
  ])
  const http = await startHttpServer({ ...config, face })
  const loaders = versions.map(({ directory, ...id }) => savedModelLoader(id, directory, config))
  const ready = manager.load(loaders)
  return { host: http.host, port: http.port, ready, [Symbol.asyncDispose]: close }

  async function close(): Promise<void> {
    await http.close(config.drainSeconds)
    await pool[Symbol.asyncDispose]()
    // A model that is still loading belongs to nobody yet.
    await ready.catch(() => undefined)
    await manager[Symbol.asyncDispose]()
  }
}

interface Route {
  readonly prefix: string
  readonly face: Face
}

/** By prefix, as the container's nginx does it; REST's own prefix in any case. */
function routes(table: readonly Route[]): Face {
  return async (request) => {
    const target = request.target.startsWith('/V1/') ? request.target.toLowerCase() : request.target
    const route = table.find(({ prefix }) => target.startsWith(prefix))
    return route ? route.face(request) : jsonResponse(404, '{"error": "Not Found"}')
  }
}
