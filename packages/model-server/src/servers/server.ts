import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { loaderWrapper } from '../batching/loader-wrapper.ts'
import type { Config } from '../configuration/config.ts'
import { serverFace } from '../faces/server-face.ts'
import { findUserCode } from '../handlers/find-user-code.ts'
import { type HostedUserCode, hostUserCode } from '../handlers/hosted-user-code.ts'
import { misplacedCode } from '../handlers/misplaced-code.ts'
import type { PrepareNode, PreparePython } from '../handlers/start-user-code.ts'
import { startHttpServer } from '../http/http-server.ts'
import { inlineLane, laneBySize } from '../lanes/lane.ts'
import { inlineLimits, poolLimits } from '../lanes/limits.ts'
import { createWorkerPool } from '../lanes/worker-pool.ts'
import { createManager } from '../lifecycle/manager.ts'
import { defaultMetricsPath } from '../metrics/metering.ts'
import { createPredictService, type PredictService } from '../prediction/predict-service.ts'
import { findModels } from '../sources/model-directory.ts'
import { StatusError } from '../status.ts'
import { keepFreedMemory } from '../tensorflow/native-memory.ts'
import { savedModelLoader } from '../tensorflow/saved-model-loader.ts'
import { createObservation, type ObservationOptions } from './observation.ts'

export interface ModelServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Resolves when every model is available and user code has started; rejects with the reason why one cannot be. */
  readonly ready: Promise<void>
}

export interface ModelServerOptions extends Config, Pick<ObservationOptions, 'logs' | 'newId'> {
  readonly libraryPath: string
  readonly log: (line: string) => void
  readonly preparePython: PreparePython
  readonly prepareNode?: PrepareNode | undefined
}

/**
 * Opens the port, then loads: /ping answers 502 until everything is there. Disposing it drains and unloads.
 * Throws ModelDirectoryError before the port is open, and Node's error where it cannot be opened.
 */
export async function startModelServer(config: ModelServerOptions): Promise<ModelServer> {
  keepFreedMemory()
  const { versions, defaultModel } = await findModels(config.modelDirectory, config.defaultModel)
  const metricsPath = config.isStrict ? undefined : defaultMetricsPath
  const observation = createObservation({ ...config, metricsPath })
  const batch = await loaderWrapper(config.batching, {
    processors: availableParallelism(),
    queueTimeoutMillis: config.runTimeoutMillis,
    observe: observation.batch,
  })
  const manager = createManager()
  const pool = createWorkerPool({ workers: config.workers, ...poolLimits })
  const lane = config.workers === 0 ? inlineLane : laneBySize(inlineLane, pool, inlineLimits)
  const service = observation.service(createPredictService(manager, lane), manager)
  const userCode = await userCodeOf(config, service)
  const { isStrict, level } = config
  const face = observation.face(serverFace(service, { defaultModel, isStrict, level, userCode }))
  const http = await startHttpServer({ ...config, face })
  const loaders = versions.map(({ directory, ...id }) =>
    observation.loading(
      batch(observation.reading(savedModelLoader(id, directory, config), directory), directory),
    ),
  )
  const loading = manager.load(loaders)
  const loaded = withinSeconds(config.loadSeconds, loading)
  const ready = userCode ? loaded.then(userCode.start) : loaded
  return { host: http.host, port: http.port, ready, [Symbol.asyncDispose]: close }

  async function close(): Promise<void> {
    await http.close(config.drainSeconds)
    await userCode?.[Symbol.asyncDispose]()
    await pool[Symbol.asyncDispose]()
    // A model that is still loading belongs to nobody yet.
    await loading.catch(() => undefined)
    await manager[Symbol.asyncDispose]()
  }
}

/** Models that load on after that are unloaded with the rest. */
async function withinSeconds(seconds: number | undefined, loaded: Promise<void>): Promise<void> {
  if (seconds === undefined) return loaded
  const inTime = new AbortController()
  const late = delay(seconds * 1000, undefined, { signal: inTime.signal, ref: false }).then(() => {
    const limit = `${seconds} s (SAGEMAKER_TFS_WAIT_TIME_SECONDS)`
    throw new StatusError('DEADLINE_EXCEEDED', `the models did not load within ${limit}`)
  })
  try {
    await Promise.race([loaded, late])
  } finally {
    late.catch(() => undefined)
    inTime.abort()
  }
}

async function userCodeOf(
  config: ModelServerOptions,
  service: PredictService,
): Promise<HostedUserCode | undefined> {
  const found = await findUserCode(config.modelDirectory)
  if (found) return hostUserCode(found, service, config)
  for (const path of await misplacedCode(config.modelDirectory))
    config.log(`${path} is not used: it must be code/${basename(path)} in the model's archive`)
  return undefined
}
