import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { loaderWrapper } from '../batching/loader-wrapper.ts'
import { healthFace, healthPaths } from '../faces/health.ts'
import { type Face, jsonResponse } from '../faces/http.ts'
import { restFace } from '../faces/rest.ts'
import { findUserCode } from '../handlers/find-user-code.ts'
import { openModelPorts } from '../handlers/model-ports.ts'
import { startUserCode } from '../handlers/start-user-code.ts'
import type { UserCode } from '../handlers/user-code.ts'
import { startHttpServer } from '../http/http-server.ts'
import { detaching } from '../lanes/detaching.ts'
import { inlineLane, laneBySize } from '../lanes/lane.ts'
import { inlineLimits, poolLimits } from '../lanes/limits.ts'
import { createWorkerPool } from '../lanes/worker-pool.ts'
import { createManager } from '../lifecycle/manager.ts'
import { defaultMetricsPath } from '../metrics/metering.ts'
import { invokeModel } from '../multi-model/invoke-model.ts'
import { LoadedModels, type LoadedModelsOptions } from '../multi-model/loaded-models.ts'
import { modelMemory } from '../multi-model/model-memory.ts'
import { modelsFace, multiModelPing } from '../multi-model/models-face.ts'
import { portSlots } from '../multi-model/port-slots.ts'
import type { MultiModelSettings } from '../multi-model/settings.ts'
import { createPredictService, type PredictService } from '../prediction/predict-service.ts'
import { openLibrary } from '../tensorflow/library.ts'
import { keepFreedMemory, returnedMemory } from '../tensorflow/native-memory.ts'
import { savedModelLoader } from '../tensorflow/saved-model-loader.ts'
import { createObservation, type Observation } from './observation.ts'
import { openedParts } from './opened-parts.ts'
import type { ModelServer, ModelServerOptions } from './server.ts'

export interface MultiModelServerOptions extends ModelServerOptions {
  readonly multiModel: MultiModelSettings
}

/**
 * The container with SAGEMAKER_MULTI_MODEL: it starts without any model, and models are loaded and unloaded by
 * `/models`, all of them in this one process. Disposing it drains and unloads. Throws UserCodeError for universal
 * handlers that cannot be started, StatusError for a library that cannot be loaded, and Node's error for a port that
 * cannot be opened.
 */
export async function startMultiModelServer(options: MultiModelServerOptions): Promise<ModelServer> {
  const { use, closeBy, close } = openedParts()
  try {
    keepFreedMemory()
    // Takes a while the first time, which is not to be the first model's.
    openLibrary(options.libraryPath)
    const metricsPath = options.isStrict ? undefined : defaultMetricsPath
    const observation = createObservation({ ...options, metricsPath })
    const manager = use(createManager({ loadsAtOnce: availableParallelism() }))
    const pool = use(createWorkerPool({ workers: options.workers, ...poolLimits }))
    const lane = options.workers === 0 ? inlineLane : laneBySize(inlineLane, pool, inlineLimits)
    const service = observation.service(createPredictService(manager, lane), manager)
    const ports = use(await openModelPorts(service, { ...options, pairs: options.modelPorts }))
    const code = use(userCodeStarter(options))
    const universalCode = await code.startUniversal()
    if (universalCode) use(universalCode)
    const models = use(
      new LoadedModels({
        ...(await modelSource(options, pool, observation)),
        ...limitsOf(options.multiModel),
        ...{ manager, ownPorts: ports, startCode: code.start, log: options.log },
      }),
    )
    const rules = { level: options.level, isStrict: options.isStrict }
    const invoke = invokeModel({ service, rules, ports, universalCode })
    const face = observation.face(
      multiModelFace(service, modelsFace({ service, models, rules, invoke }), options.isStrict),
    )
    const http = await startHttpServer({ ...options, face })
    closeBy(() => http.close(options.drainSeconds))
    const { host, port } = http
    return { host, port, ready: Promise.resolve(), [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** TensorFlow Serving's own API stays open beside: handlers and people ask it about loaded models. */
function multiModelFace(service: PredictService, models: Face, isStrict: boolean): Face {
  const rest = restFace(service)
  // Ready for models, though it has none.
  const health = healthFace(service, () => true)
  const table: readonly (readonly [prefix: string, face: Face])[] = [
    ['/models', models],
    ['/invocations', models],
    ['/ping', multiModelPing],
    ['/v1/', rest],
    ...(isStrict ? [] : healthPaths.map((path) => [path, health] as const)),
    ['/tfs/', (request) => rest({ ...request, target: request.target.slice('/tfs'.length) })],
  ]
  return async (request) => {
    const [, face] = table.find(([prefix]) => request.target.startsWith(prefix)) ?? []
    return face ? face(request) : jsonResponse(404, '{"error": "Not Found"}')
  }
}

async function modelSource(
  options: MultiModelServerOptions,
  pool: Parameters<typeof detaching>[1],
  observation: Observation,
): Promise<Pick<LoadedModelsOptions, 'loader'>> {
  const batch = await loaderWrapper(options.batching, {
    processors: availableParallelism(),
    queueTimeoutMillis: options.runTimeoutMillis,
    observe: observation.batch,
  })
  return {
    loader({ directory, ...id }) {
      const reading = observation.reading(savedModelLoader(id, directory, options), directory)
      return detaching(observation.loading(batch(reading, directory)), pool)
    },
  }
}

function limitsOf({ portRange, pairsPerModel, loadSeconds, memoryLimitBytes }: MultiModelSettings) {
  return {
    slots: portRange && portSlots(portRange, pairsPerModel),
    memory: modelMemory({ limitBytes: memoryLimitBytes, freeBytes: () => process.availableMemory() }),
    returned: returnedMemory(),
    loadSeconds,
  }
}

/** Handlers of models, and those for all models, which lie in `models/code` or `code` beside the model directory. */
function userCodeStarter(options: MultiModelServerOptions) {
  const { level, isStrict, handlers, log, preparePython, prepareNode, modelDirectory } = options
  const prepare = { preparePython, prepareNode }
  const closing = new AbortController()
  const rules = { level, isStrict }
  return { start, startUniversal, [Symbol.asyncDispose]: async () => closing.abort() }

  async function start(directory: string): Promise<UserCode | undefined> {
    const found = await findUserCode(directory)
    // Packages without a script answer nothing.
    if (found?.script === undefined) return undefined
    const { signal } = closing
    return startUserCode(found, { ...handlers, ...prepare, rules, isMultiModel: true, log, signal })
  }

  async function startUniversal(): Promise<UserCode | undefined> {
    const root = dirname(modelDirectory)
    return (await start(join(root, 'models'))) ?? (await start(root))
  }
}
