import { type ModelServerConfig, readModelServerConfig } from '../configuration/model-server-config.ts'
import { ProtobufError, ProtobufReader } from '../formats/protobuf.ts'
import type { TensorForm } from '../formats/tensor-proto/encode.ts'
import type { Log } from '../logs/log.ts'
import { observedMethod } from '../logs/observed-method.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import { invalidArgument, StatusError } from '../status.ts'
import { createHealth, type Health } from './health.ts'
import { type ModelRpc, unreadable } from './messages/answer-message.ts'
import { checkMetadataFields, encodeMetadata, encodeStates } from './messages/model-messages.ts'
import { requestedModel } from './messages/model-spec.ts'
import { modelOfTasks } from './messages/multi-inference.ts'
import { reflectionMethod, reflectionPaths } from './reflection/reflection-service.ts'
import { createProtoRegistry } from './reflection/registry.ts'
import { servingProtos } from './reflection/serving-protos.ts'
import { healthProto, reflectionProtos, standardProtos } from './reflection/standard-protos.ts'
import { tensorflowProtos } from './reflection/tensorflow-protos.ts'
import type { GrpcMethods, StreamMethod, UnaryMethod } from './transport/method.ts'
import { startTransport, type Transport, type TransportOptions } from './transport/transport.ts'

export interface GrpcServerOptions extends Omit<TransportOptions, 'methods'> {
  readonly service: PredictService
  /** Replaces the set of models, for HandleReloadConfigRequest. Throws StatusError. Absent: UNIMPLEMENTED. */
  readonly reload?: (config: ModelServerConfig) => Promise<void>
  /** Default: values, as TensorFlow Serving without `--enable_serialization_as_tensor_content`. */
  readonly form?: TensorForm
  /** Gets a line for each answer of these services. */
  readonly accessLog?: Log | undefined
  /** Answers grpc.health.v1.Health too. */
  readonly hasHealthService?: boolean
  /** Requests under way at once; more are refused with RESOURCE_EXHAUSTED. Default: any number. */
  readonly maxRequests?: number
}

/** The open gRPC server. */
export type GrpcServer = Transport

/**
 * Opens tensorflow.serving's PredictionService and ModelService, and server reflection. Rejects where an address
 * cannot be opened.
 */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const health = createHealth(healthyServices)
  const transport = await startTransport({ ...options, methods: methodsOf(options, health) })
  return {
    port: transport.port,
    async close(graceSeconds) {
      health.shutDown()
      await transport.close(graceSeconds)
    },
  }
}

function methodsOf(options: GrpcServerOptions, health: Health): GrpcMethods {
  const { hasHealthService = false, maxRequests = Number.POSITIVE_INFINITY } = options
  const protos = [...servingProtos, ...tensorflowProtos, ...standardProtos, ...reflectionProtos]
  const registry = createProtoRegistry(hasHealthService ? [...protos, healthProto] : protos)
  const limited = limit(maxRequests)
  const served = Object.entries(servedMethods(options)).map(
    ([path, method]) => [path, observedMethod(options.accessLog, path, guarded(limited(method)))] as const,
  )
  const reflection = reflectionPaths.map((path) => [path, guardedStream(reflectionMethod(registry))] as const)
  return {
    unary: new Map([...served, ...(hasHealthService ? healthMethods(health) : [])]),
    streams: new Map([
      ...reflection,
      ...(hasHealthService ? [[`${healthService}/Watch`, guardedStream(health.watch)] as const] : []),
    ]),
  }
}

const healthService = '/grpc.health.v1.Health'
const healthMethods = ({ check, list }: Health) => [
  [`${healthService}/Check`, guarded(check)] as const,
  [`${healthService}/List`, guarded(list)] as const,
]

function servedMethods({ service, reload, form = 'values' }: GrpcServerOptions) {
  const run =
    (rpc: ModelRpc): UnaryMethod =>
    (body, { isAbandoned, deadlineMillis }) => {
      const spec = rpc === 'MultiInference' ? modelOfTasks(body) : requestedModel(body)
      const document = { rpc, body, form, deadlineMillis }
      return service.answer({ model: spec.name, version: spec.version, document, isAbandoned })
    }
  const methods: Record<string, UnaryMethod> = {
    '/tensorflow.serving.PredictionService/Predict': run('Predict'),
    '/tensorflow.serving.PredictionService/Classify': run('Classify'),
    '/tensorflow.serving.PredictionService/Regress': run('Regress'),
    '/tensorflow.serving.PredictionService/MultiInference': run('MultiInference'),
    '/tensorflow.serving.PredictionService/GetModelMetadata': async (body) => {
      const { name, version } = requestedModel(body)
      checkMetadataFields(body)
      return encodeMetadata(service.metadata(name, version))
    },
    '/tensorflow.serving.ModelService/GetModelStatus': async (body) => {
      const { name, version } = requestedModel(body)
      return encodeStates(service.states(name, versionNumber(service, name, version)))
    },
    ...(reload && { '/tensorflow.serving.ModelService/HandleReloadConfigRequest': reloading(reload) }),
  }
  return methods
}

/** All methods that it is applied to count together. Source: gRPC C++, ThreadManager, for the text. */
function limit(most: number): (method: UnaryMethod) => UnaryMethod {
  let underWay = 0
  return (method) => async (body, context) => {
    if (underWay >= most) throw new StatusError('RESOURCE_EXHAUSTED', 'Server Threadpool Exhausted')
    underWay++
    try {
      return await method(body, context)
    } finally {
      underWay--
    }
  }
}

/** A label stands for the version that it means now. */
function versionNumber(
  service: PredictService,
  name: string,
  version: ReturnType<typeof requestedModel>['version'],
): number | undefined {
  if (version === 'latest') return undefined
  return 'version' in version ? version.version : service.metadata(name, version).id.version
}

/** ReloadConfigRequest { config 1 } → { status 1 }: an empty status is OK, and what is not OK is the call's own status. */
const reloading =
  (reload: NonNullable<GrpcServerOptions['reload']>): UnaryMethod =>
  async (body) => {
    await reload(readReload(body))
    return emptyStatus
  }

const emptyStatus = Uint8Array.of(10, 0)

function readReload(body: Uint8Array): ModelServerConfig {
  const reader = new ProtobufReader(body)
  let config: Uint8Array = new Uint8Array(0)
  while (reader.next()) {
    if (reader.field === 1) config = reader.bytes()
    else reader.skip()
  }
  const fields = new ProtobufReader(config)
  let isList = false
  for (; fields.next(); fields.skip()) isList = fields.field === 1
  if (isList) return readModelServerConfig(config)
  throw invalidArgument(
    'ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported',
  )
}

const healthyServices: ReadonlySet<string> = new Set([
  '',
  'ModelService',
  'PredictionService',
  'tensorflow.serving.ModelService',
  'tensorflow.serving.PredictionService',
])

/** Bytes that are no message end as a status, whichever method reads them. */
function guarded(method: UnaryMethod): UnaryMethod {
  return async (body, context) => {
    try {
      return await method(body, context)
    } catch (error) {
      throw error instanceof ProtobufError ? unreadable(error) : error
    }
  }
}

function guardedStream(method: StreamMethod): StreamMethod {
  return async function* guardedMethod(requests, signal) {
    try {
      yield* method(requests, signal)
    } catch (error) {
      throw error instanceof ProtobufError ? unreadable(error) : error
    }
  }
}
