import { type ModelServerConfig, readModelServerConfig } from '../configuration/model-server-config.ts'
import type { TensorForm } from '../formats/tensor-proto/encode.ts'
import { WireWriter } from '../formats/tensor-proto/wire-writer.ts'
import type { PredictService } from '../predict-service.ts'
import { ProtobufError, ProtobufReader } from '../protobuf.ts'
import { asStatusError, invalidArgument, StatusError, statusCodeNumber } from '../status.ts'
import { type ModelRpc, modelOfTasks, unreadable } from './answer-message.ts'
import { checkMetadataFields, encodeMetadata, encodeStates } from './model-messages.ts'
import { requestedModel } from './model-spec.ts'
import { startUnaryServer, type UnaryMethod, type UnaryServer, type UnaryServerOptions } from './unary.ts'

export interface GrpcServerOptions extends Omit<UnaryServerOptions, 'methods'> {
  readonly service: PredictService
  /** Replaces the set of models, for HandleReloadConfigRequest. Throws StatusError. Absent: UNIMPLEMENTED. */
  readonly reload?: (config: ModelServerConfig) => Promise<void>
  /** Default: values, as TensorFlow Serving without `--enable_serialization_as_tensor_content`. */
  readonly form?: TensorForm
  /** Answers grpc.health.v1.Health too. */
  readonly hasHealthService?: boolean
}

/** Opens tensorflow.serving's PredictionService and ModelService. Rejects where an address cannot be opened. */
export const startGrpcServer = (options: GrpcServerOptions): Promise<UnaryServer> =>
  startUnaryServer({ ...options, methods: new Map(Object.entries(methodsOf(options)).map(guarded)) })

function methodsOf({ service, reload, form = 'values', hasHealthService }: GrpcServerOptions) {
  const run =
    (rpc: ModelRpc): UnaryMethod =>
    (body, { isAbandoned }) => {
      const spec = rpc === 'MultiInference' ? modelOfTasks(body) : requestedModel(body)
      const document = { rpc, body, form }
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
    ...(hasHealthService && { '/grpc.health.v1.Health/Check': checkHealth }),
  }
  return methods
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

/** ReloadConfigRequest { config 1 } → { status 1 { error_code 1, error_message 2 } }: a failure is an answer. */
const reloading =
  (reload: NonNullable<GrpcServerOptions['reload']>): UnaryMethod =>
  async (body) => {
    const config = readReload(body)
    const error = await reload(config).then(() => undefined, asStatusError)
    const writer = new WireWriter()
    writer.message(1, () => {
      if (!error) return
      writer.integerField(1, statusCodeNumber(error.code))
      writer.textField(2, error.message)
    })
    return writer.finish()
  }

function readReload(body: Uint8Array): ModelServerConfig {
  const reader = new ProtobufReader(body)
  let config: Uint8Array | undefined
  while (reader.next()) {
    if (reader.field === 1) config = reader.bytes()
    else reader.skip()
  }
  if (!config) throw invalidArgument('ReloadConfigRequest has no config')
  return readModelServerConfig(config)
}

/** HealthCheckRequest { service 1 } → { status 1 }: 1 is SERVING. */
const checkHealth: UnaryMethod = async (body) => {
  const reader = new ProtobufReader(body)
  let name = ''
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else reader.skip()
  }
  if (!healthy.has(name)) throw new StatusError('NOT_FOUND', `unknown service ${name}`)
  return Uint8Array.of(8, 1)
}

const healthy = new Set([
  '',
  'ModelService',
  'PredictionService',
  'tensorflow.serving.ModelService',
  'tensorflow.serving.PredictionService',
])

/** Bytes that are no message end as a status, whichever method reads them. */
function guarded([path, method]: [string, UnaryMethod]): [string, UnaryMethod] {
  return [
    path,
    async (body, context) => {
      try {
        return await method(body, context)
      } catch (error) {
        throw error instanceof ProtobufError ? unreadable(error) : error
      }
    },
  ]
}
