import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { BatchingSettings } from '../batching/loader-wrapper.ts'
import { ConfigError, type FlagValues, flagValues, readFlags } from '../flags/read-flags.ts'
import { readRunThread } from '../flags/run-thread.ts'
import { servingFlags } from '../flags/serving-flags.ts'
import { type ChannelSettings, readChannelArguments } from '../grpc/transport/channel-arguments.ts'
import type { RunPlan } from '../servable.ts'
import { StatusError } from '../status.ts'
import type { Message, MessageSchema } from './message-schema.ts'
import {
  basePath,
  type ModelServerConfig,
  modelServerConfig,
  modelServerConfigSchema,
} from './model-server-config.ts'
import {
  metricsPath,
  monitoringConfigSchema,
  type SslConfig,
  sslConfig,
  sslConfigSchema,
} from './server-files.ts'
import { sessionConfigSchema } from './session-config.ts'
import { parseTextProto, TextProtoError } from './text-proto.ts'
import { writeWire } from './wire.ts'

export interface GrpcConfig {
  /** Undefined: only the socket. 0: a free one. */
  readonly port: number | undefined
  readonly socketPath: string | undefined
  readonly ssl: SslConfig | undefined
  readonly channel: ChannelSettings
  /** 0: no limit. */
  readonly maxThreads: number
  readonly hasHealthService: boolean
  readonly answersTensorContent: boolean
  readonly checksMethodNames: boolean
}

/** What tensorflow_model_server's flags say, checked. */
export interface ServingConfig {
  readonly configuration: ModelServerConfig
  readonly configFile:
    | { readonly path: string; readonly text: string; readonly pollSeconds: number }
    | undefined
  readonly filePollSeconds: number
  readonly maxLoadRetries: number
  readonly retryMillis: number
  /** 0: one per core. */
  readonly loadsAtOnce: number
  readonly freesMemoryFirst: boolean
  readonly areLabelsFree: boolean
  /** 0: no warm-up. */
  readonly warmupRounds: number
  readonly rest: { readonly port: number; readonly isCorsEnabled: boolean } | undefined
  readonly grpc: GrpcConfig
  readonly metricsPath: string | undefined
  readonly batching: BatchingSettings | undefined
  readonly savedModelTags: readonly string[]
  /** tensorflow.ConfigProto. */
  readonly sessionConfig: Uint8Array
  readonly intraOpThreads: number | 'measured'
  readonly interOpThreads: number
  /** Undefined: as measured for each model. */
  readonly runThread: RunPlan['thread'] | undefined
  readonly flags: FlagValues
  /** One line for each flag that was given and means nothing here. */
  readonly remarks: readonly string[]
}

/** Throws ConfigError. */
export function readServingConfig(argv: readonly string[]): ServingConfig {
  const given = readFlags(servingFlags, argv)
  const flags = flagValues(servingFlags, given)
  checkTogether(flags)
  const models = readModels(flags)
  const parallelism = flags.integer('tensorflow_session_parallelism', 0, 4096)
  const wantsWarmup = flags.boolean('enable_model_warmup')
  return {
    ...models,
    filePollSeconds: flags.integer('file_system_poll_wait_seconds', -(2 ** 31), 2 ** 31),
    maxLoadRetries: flags.integer('max_num_load_retries'),
    retryMillis: Math.min(flags.integer('load_retry_interval_micros') / 1000, 2 ** 31 - 1),
    loadsAtOnce: flags.integer('num_load_threads', 0, 4096),
    freesMemoryFirst: flags.boolean('preserve_resources'),
    areLabelsFree: flags.boolean('allow_version_labels_for_unavailable_models'),
    warmupRounds: wantsWarmup ? Math.max(flags.integer('num_request_iterations_for_warmup'), 1) : 0,
    rest: restOf(flags),
    grpc: grpcOf(flags),
    metricsPath: metricsPath(readMessage(flags, 'monitoring_config_file', monitoringConfigSchema)),
    batching: batchingOf(flags),
    savedModelTags: flags.text('saved_model_tags').split(',').filter(Boolean),
    sessionConfig: sessionConfigOf(flags),
    intraOpThreads: intraOpThreadsOf(flags),
    interOpThreads: flags.integer('tensorflow_inter_op_parallelism', 0, 4096) || parallelism,
    runThread: readRunThread(flags.text('run_thread')),
    flags,
    remarks: [...remarksOn(given), ...remarksOnChannel(flags), ...remarksOnRest(flags)],
  }
}

/** Who configures sessions chooses for all models. */
function intraOpThreadsOf(flags: FlagValues): ServingConfig['intraOpThreads'] {
  const [own, session] = ['intra_op', 'session'].map((name) =>
    flags.integer(`tensorflow_${name}_parallelism`, 0, 4096),
  )
  return own || session || (flags.text('tensorflow_session_config_file') === '' ? 'measured' : 0)
}

/** Source: TensorFlow Serving, model_servers/server.cc, BuildAndStart. */
function checkTogether(flags: FlagValues): void {
  const isSet = (name: string): boolean => flags.text(name) !== ''
  if (flags.boolean('use_alts_credentials')) {
    throw new ConfigError(
      "--use_alts_credentials cannot be had outside Google's network: use --ssl_config_file",
    )
  }
  if (!isSet('model_base_path') && !isSet('model_config_file')) {
    throw new ConfigError('Both --model_base_path and --model_config_file are empty')
  }
  if (portOf(flags, 'port') === undefined && !isSet('grpc_socket_path')) {
    throw new ConfigError('Neither --port nor --grpc_socket_path is set')
  }
  if (isSet('batching_parameters_file') && !flags.boolean('enable_batching')) {
    throw new ConfigError('--batching_parameters_file is set without setting --enable_batching to true')
  }
  const threads = ['session', 'intra_op', 'inter_op'].map((name) =>
    flags.integer(`tensorflow_${name}_parallelism`, 0, 4096),
  )
  if (threads.every((count) => count > 0)) {
    throw new ConfigError(
      '--tensorflow_session_parallelism is set together with --tensorflow_intra_op_parallelism and --tensorflow_inter_op_parallelism',
    )
  }
}

/** A file that says nothing is one for models that come later. Source: TensorFlow Serving, model_servers/server_core.cc. */
function readModels(flags: FlagValues): Pick<ServingConfig, 'configuration' | 'configFile'> {
  const path = flags.text('model_config_file')
  if (path !== '') {
    const text = readText('model_config_file', path)
    const pollSeconds = flags.integer('model_config_file_poll_wait_seconds', -(2 ** 31), 2 ** 31)
    const isEmpty = parseFile(modelServerConfigSchema, path, text).size === 0
    const configuration = isEmpty
      ? { models: [] }
      : named('model_config_file', () => parseConfigFile(path, text))
    return { configuration, configFile: { path, text, pollSeconds } }
  }
  const name = flags.text('model_name')
  const config = named('model_base_path', () => ({
    ...{ name, basePath: basePath(name, flags.text('model_base_path')) },
    ...{ versions: { latest: 1 }, labels: new Map<string, number>() },
  }))
  return { configuration: { models: [config] }, configFile: undefined }
}

/** Throws ConfigError with path, line and column for what is no text proto, StatusError INVALID_ARGUMENT for what it may not say. */
export function parseConfigFile(path: string, text: string): ModelServerConfig {
  return modelServerConfig(parseFile(modelServerConfigSchema, path, text))
}

function parseFile(schema: MessageSchema, path: string, text: string): Message {
  try {
    return parseTextProto(schema, text)
  } catch (error) {
    if (!(error instanceof TextProtoError)) throw error
    throw new ConfigError(
      `Invalid protobuf file: '${path}': Error parsing text-format ${schema.name}: ${error.message}`,
    )
  }
}

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`--${flag} cannot be read: ${reason}`, { cause })
  }
}

function readMessage(flags: FlagValues, flag: string, schema: MessageSchema): Message {
  const path = flags.text(flag)
  return path === '' ? new Map() : parseFile(schema, path, readText(flag, path))
}

function named<T>(flag: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof StatusError) throw new ConfigError(`--${flag}: ${error.message}`, { cause: error })
    throw error
  }
}

function restOf(flags: FlagValues): ServingConfig['rest'] {
  const port = portOf(flags, 'rest_api_port')
  return port === undefined
    ? undefined
    : { port, isCorsEnabled: flags.boolean('rest_api_enable_cors_support') }
}

/** 0 means none, and `any` one that is free. */
function portOf(flags: FlagValues, name: string): number | undefined {
  return flags.text(name) === 'any' ? 0 : flags.integer(name, 0, 65535) || undefined
}

function grpcOf(flags: FlagValues): GrpcConfig {
  return {
    port: portOf(flags, 'port'),
    socketPath: flags.text('grpc_socket_path') || undefined,
    ssl: sslOf(flags),
    channel: channelOf(flags).settings,
    maxThreads: flags.integer('grpc_max_threads'),
    hasHealthService: flags.boolean('enable_grpc_healthcheck_service'),
    answersTensorContent: flags.boolean('enable_serialization_as_tensor_content'),
    checksMethodNames: flags.boolean('enable_signature_method_name_check'),
  }
}

/** Looks at once at what would otherwise be found wrong only when the port opens, after the models. */
function sslOf(flags: FlagValues): SslConfig | undefined {
  if (flags.text('ssl_config_file') === '') return undefined
  const ssl = sslConfig(readMessage(flags, 'ssl_config_file', sslConfigSchema))
  if (ssl.serverKey === '' || ssl.serverCert === '') {
    throw new ConfigError('--ssl_config_file must have a server_key and a server_cert')
  }
  try {
    createSecureContext({ key: ssl.serverKey, cert: ssl.serverCert, ca: ssl.customCa || undefined })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`--ssl_config_file has PEM texts that cannot be used: ${reason}`, { cause })
  }
  return ssl
}

const channelOf = (flags: FlagValues) =>
  named('grpc_channel_arguments', () => readChannelArguments(flags.text('grpc_channel_arguments')))

function batchingOf(flags: FlagValues): BatchingSettings | undefined {
  if (!flags.boolean('enable_batching')) return undefined
  return {
    parametersFile: flags.text('batching_parameters_file') || undefined,
    parameters: {},
    isPerModel: flags.boolean('enable_per_model_batching_parameters'),
  }
}

/** The file's settings, with the GPU fraction where that is given. */
function sessionConfigOf(flags: FlagValues): Uint8Array {
  const config = readMessage(flags, 'tensorflow_session_config_file', sessionConfigSchema)
  const fraction = flags.number('per_process_gpu_memory_fraction')
  if (fraction < 0 || fraction > 1) {
    throw new ConfigError(`--per_process_gpu_memory_fraction must be from 0 to 1, not "${fraction}"`)
  }
  const gpu: Message = new Map([
    ['gpu_options', [new Map([['per_process_gpu_memory_fraction', [fraction]]])]],
  ])
  const parts = [config, ...(fraction > 0 ? [gpu] : [])]
  return Buffer.concat(parts.map((part) => writeWire(sessionConfigSchema, part)))
}

const remarksOn = (given: ReadonlyMap<string, string>): string[] =>
  [...given.keys()].flatMap((name) => {
    const why = servingFlags[name]?.ignored
    return why === undefined ? [] : [`--${name} has no effect: ${why}`]
  })

const remarksOnChannel = (flags: FlagValues): string[] =>
  channelOf(flags).unused.map((name) => `--grpc_channel_arguments: ${name} has no effect`)

/** What can be asked for only on the REST port. */
const remarksOnRest = (flags: FlagValues): string[] =>
  portOf(flags, 'rest_api_port') === undefined && flags.text('monitoring_config_file') !== ''
    ? ['--monitoring_config_file has no effect without --rest_api_port']
    : []
