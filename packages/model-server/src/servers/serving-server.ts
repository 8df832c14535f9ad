import { availableParallelism } from 'node:os'
import { type LoaderWrapper, loaderWrapper } from '../batching/loader-wrapper.ts'
import { parseConfigFile, type ServingConfig } from '../configuration/serving-config.ts'
import { compressedFace } from '../faces/compressed.ts'
import { crossOriginFace } from '../faces/cross-origin.ts'
import { serverFace } from '../faces/server-face.ts'
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from '../grpc/grpc-server.ts'
import { answerMessage } from '../grpc/messages/answer-message.ts'
import { type HttpServer, startHttpServer } from '../http/http-server.ts'
import { detaching } from '../lanes/detaching.ts'
import { inlineLane, laneBySize } from '../lanes/lane.ts'
import { inlineLimits, poolLimits } from '../lanes/limits.ts'
import { createWorkerPool } from '../lanes/worker-pool.ts'
import { followFile } from '../lifecycle/followed-file.ts'
import { createManager, type Manager } from '../lifecycle/manager.ts'
import { type Reload, type ServedModels, serveModels } from '../lifecycle/served-models.ts'
import { freeMemoryFirst, keepOneAvailable } from '../lifecycle/version-policy.ts'
import { createPredictService, type PredictService } from '../prediction/predict-service.ts'
import { keepFreedMemory } from '../tensorflow/native-memory.ts'
import { savedModelLoader } from '../tensorflow/saved-model-loader.ts'
import { type WarmUpOptions, warmedUp } from '../warm-up/warm-up.ts'
import { createObservation, type Observation, type ObservationOptions } from './observation.ts'
import { openedParts } from './opened-parts.ts'

export interface ServingServerOptions extends Pick<ObservationOptions, 'logs' | 'newId'> {
  readonly config: ServingConfig
  readonly libraryPath: string
  readonly log: (line: string) => void
  /** Gives up waiting for the models. */
  readonly signal: AbortSignal
}

export interface ServingServer extends AsyncDisposable {
  /** Undefined without `--rest_api_port`. */
  readonly rest: HttpServer | undefined
  readonly grpc: GrpcServer
  readonly service: PredictService
  readonly reload: Reload
}

/**
 * Loads what the configuration names, then opens the ports, and follows the files from then on. Disposing it drains
 * and unloads. Throws StatusError UNKNOWN where a model cannot be loaded, Node's error where a port cannot be opened.
 */
export async function startServingServer(options: ServingServerOptions): Promise<ServingServer> {
  const { config, log, signal } = options
  keepFreedMemory()
  const { use, closeBy, close } = openedParts()
  try {
    const observation = createObservation({ ...options, metricsPath: config.metricsPath })
    const batch = await loaderWrapper(config.batching, {
      processors: availableParallelism(),
      queueTimeoutMillis: config.flags.integer('rest_api_timeout_in_ms'),
      observe: observation.batch,
    })
    const manager = use(createServingManager(config))
    const workers = workersOf(config)
    const pool = use(createWorkerPool({ workers, ...poolLimits }))
    const wrap: LoaderWrapper = (loader, directory) => {
      const counted = batch(observation.reading(loader, directory), directory)
      const { warmedUp: onPlayed } = observation
      const warm = warmedUp(counted, directory, { rounds: config.warmupRounds, play, onPlayed })
      return detaching(observation.loading(warm), pool)
    }
    const models = use(servedModels(options, manager, wrap))
    await models.reload(config.configuration, signal)
    const lane = workers === 0 ? inlineLane : laneBySize(inlineLane, pool, inlineLimits)
    const service = observation.service(createPredictService(manager, lane), manager)
    const rest = await openRest(config, service, observation)
    if (rest) closeBy(() => rest.close(config.flags.integer('drain_seconds')))
    const grpc = await openGrpc(config, { service, reload: models.reload, accessLog: options.logs.access })
    closeBy(() => grpc.close(config.flags.integer('drain_seconds')))
    const file = followConfigFile(config, models, log)
    if (file) use(file)
    return { rest, grpc, service, reload: models.reload, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

const play: WarmUpOptions['play'] = (servable, rpc, body) =>
  answerMessage(servable, { rpc, body, form: 'values' })

function followConfigFile(
  { configFile }: ServingConfig,
  { reload }: ServedModels,
  log: (line: string) => void,
): AsyncDisposable | undefined {
  if (!configFile || configFile.pollSeconds <= 0) return undefined
  const apply = (text: string, signal: AbortSignal): Promise<void> =>
    reload(parseConfigFile(configFile.path, text), signal)
  return followFile({ ...configFile, apply, log })
}

const createServingManager = (config: ServingConfig): Manager =>
  createManager({
    policy: config.freesMemoryFirst ? freeMemoryFirst : keepOneAvailable,
    loadsAtOnce: config.loadsAtOnce || availableParallelism(),
    maxLoadRetries: config.maxLoadRetries,
    retryMillis: config.retryMillis,
  })

function servedModels(
  { config, libraryPath, log }: ServingServerOptions,
  manager: Manager,
  wrap: LoaderWrapper,
): ServedModels {
  const engine = {
    libraryPath,
    runTimeoutMillis: config.flags.integer('rest_api_timeout_in_ms'),
    intraOpThreads: config.intraOpThreads,
    interOpThreads: config.interOpThreads,
    runThread: config.runThread,
    sessionConfig: config.sessionConfig,
    savedModelTags: config.savedModelTags,
    enforceMethods: config.grpc.checksMethodNames,
  }
  return serveModels({
    manager,
    loader: (id, directory) => wrap(savedModelLoader(id, directory, engine), directory),
    pollSeconds: config.filePollSeconds,
    areLabelsFree: config.areLabelsFree,
    log,
  })
}

function workersOf({ flags }: ServingConfig): number {
  const workers = flags.integer('workers', -1, 64)
  return workers < 0 ? Math.min(availableParallelism(), 8) : workers
}

async function openRest(
  { rest, configuration, flags }: ServingConfig,
  service: PredictService,
  observation: Observation,
): Promise<HttpServer | undefined> {
  if (!rest) return undefined
  const defaultModel = configuration.models[0]?.name ?? 'None'
  const face = serverFace(service, { defaultModel, isStrict: false })
  const options = {
    port: rest.port,
    bodyLimitBytes: flags.integer('max_body_bytes'),
    face: observation.face(crossOriginFace(compressedFace(face), rest.isCorsEnabled)),
  }
  const host = flags.text('host')
  if (host !== '') return startHttpServer({ ...options, host })
  // All addresses of both families, or of the one that there is.
  return startHttpServer({ ...options, host: '::' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL') throw error
    return startHttpServer({ ...options, host: '0.0.0.0' })
  })
}

const largestMessage = 2 ** 31 - 1

function openGrpc(
  { grpc, flags }: ServingConfig,
  served: Pick<GrpcServerOptions, 'service' | 'reload' | 'accessLog'>,
): Promise<GrpcServer> {
  const { port, socketPath, channel, hasHealthService } = grpc
  const maxRequests = grpc.maxThreads || Number.POSITIVE_INFINITY
  const answers = { ...served, form: grpc.answersTensorContent ? 'content' : 'values' } as const
  const address = { host: flags.text('host') || '0.0.0.0', port, socketPath, tls: grpc.ssl }
  return startGrpcServer({
    ...answers,
    ...address,
    ...{ channel, hasHealthService, maxRequests, limitBytes: largestMessage },
  })
}
