import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import type { BatchingSettings } from '../batching/loader-wrapper.ts'
import { containerBatching } from '../batching/parameters.ts'
import type { ModelPorts } from '../faces/user-code-face.ts'
import { ConfigError } from '../flags/read-flags.ts'
import { readRunThread, runThreadHelp } from '../flags/run-thread.ts'
import type { ContainerLevel } from '../formats/container-rules.ts'
import { containerPorts } from '../handlers/container-ports.ts'
import { type HandlerSettings, handlerVariables, readHandlerSettings } from '../handlers/settings.ts'
import type { LogFormat } from '../logs/log.ts'
import { logFormatOf } from '../logs/open-logs.ts'
import {
  type MultiModelSettings,
  multiModelVariables,
  readMultiModelSettings,
} from '../multi-model/settings.ts'
import type { RunPlan } from '../servable.ts'
import { type ContainerVariables, containerVariables, readContainerVariables } from './container-variables.ts'

export { ConfigError } from '../flags/read-flags.ts'

/** All that the server is told, checked. Nothing else reads the command line or the environment. */
export interface Config extends ContainerVariables {
  readonly modelDirectory: string
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  /** Of `libtensorflow_cc.so.2`; undefined: that of a managed environment. */
  readonly libraryPath: string | undefined
  /** Holds managed environments. */
  readonly cacheDirectory: string
  /** Of the environment for TensorFlow's library and for Python handlers; undefined: the newest. */
  readonly tensorflowVersion: string | undefined
  /** Of the same environment; undefined: the machine's own. */
  readonly pythonVersion: string | undefined
  /** For what Python handlers install for themselves; undefined: a temporary one. */
  readonly workDirectory: string | undefined
  readonly defaultModel: string | undefined
  /** Threads for large requests and slow models, beside the one that takes requests. 0: everything on that one. */
  readonly workers: number
  /** Of one request; more is refused with 413. */
  readonly bodyLimitBytes: number
  /** Of a run on TensorFlow's pool. */
  readonly runTimeoutMillis: number
  /** After SIGTERM, for requests under way. */
  readonly drainSeconds: number
  readonly intraOpThreads: number | 'measured'
  readonly interOpThreads: number
  /** Undefined: as measured for each model. */
  readonly runThread: RunPlan['thread'] | undefined
  readonly isStrict: boolean
  /** The generation of AWS's container whose ways are followed. */
  readonly level: ContainerLevel
  readonly logFormat: LogFormat
  /** A line for each answer. */
  readonly logsAccess: boolean
  /** Where nobody else would start the server again. */
  readonly restartsOnCrash: boolean
  /** Undefined: requests run one by one. */
  readonly batching: BatchingSettings | undefined
  /** Of user code. */
  readonly handlers: HandlerSettings
  /** Where the models answer user code that calls them by itself, in order of preference. */
  readonly modelPorts: readonly ModelPorts[]
  /** Undefined: the models of the model directory, from start to end. */
  readonly multiModel: MultiModelSettings | undefined
}

interface Option {
  readonly name: string
  readonly variable?: string
  readonly fallback?: string
  readonly help: string
}

const mebibyte = 1024 * 1024

const batchingFlags = {
  isEnabled: {
    name: 'enable_batching',
    variable: 'SAGEMAKER_TFS_ENABLE_BATCHING',
    fallback: 'false',
    help: 'join requests that come at once, where the models allow it',
  },
  parametersFile: {
    name: 'batching_parameters_file',
    help: 'BatchingParameters as text; otherwise the SAGEMAKER_TFS_… variables',
  },
  isPerModel: {
    name: 'enable_per_model_batching_parameters',
    fallback: 'false',
    help: "take them from each version's batching_params.pbtxt instead",
  },
} as const satisfies Record<string, Option>

/** Flags in TensorFlow Serving's spelling, with the SageMaker container's variables where it has one. A flag wins. */
const options = {
  modelDirectory: {
    name: 'model_dir',
    fallback: '/opt/ml/model',
    help: 'unpacked model.tar.gz: 1/, <name>/1/ or export/Servo/1/ inside',
  },
  host: {
    name: 'host',
    help: 'address to listen on; otherwise 127.0.0.1, or 0.0.0.0 when started as the image is, without --model_dir',
  },
  port: {
    name: 'port',
    variable: 'SAGEMAKER_BIND_TO_PORT',
    fallback: '8080',
    help: 'port to listen on; 0 picks a free one',
  },
  libraryPath: {
    name: 'libtensorflow',
    variable: 'SAGEBRUSH_LIBTENSORFLOW',
    help: 'path of libtensorflow_cc.so.2; otherwise TensorFlow is installed into the cache',
  },
  cacheDirectory: {
    name: 'cache_directory',
    help: 'for managed environments; otherwise sagebrush in XDG_CACHE_HOME or ~/.cache',
  },
  tensorflowVersion: {
    name: 'tensorflow_version',
    help: 'of the managed environment that serves and runs inference.py; otherwise the newest',
  },
  pythonVersion: { name: 'python_version', help: "of the same environment; otherwise the machine's own" },
  workDirectory: {
    name: 'work_directory',
    help: 'for what inference.py installs for itself; otherwise a temporary one',
  },
  defaultModel: {
    name: 'default_model_name',
    variable: 'SAGEMAKER_TFS_DEFAULT_MODEL_NAME',
    help: 'model for requests that name none; otherwise the first found',
  },
  workers: { name: 'workers', help: 'threads for large requests; otherwise one per core, at most 8' },
  bodyLimitBytes: {
    name: 'max_body_bytes',
    fallback: String(256 * mebibyte),
    help: 'largest request body',
  },
  runTimeoutMillis: {
    name: 'rest_api_timeout_in_ms',
    fallback: '30000',
    help: 'longest run of a model on the pool',
  },
  drainSeconds: {
    name: 'drain_seconds',
    fallback: '25',
    help: 'time for requests under way after SIGTERM',
  },
  intraOpThreads: {
    name: 'tensorflow_intra_op_parallelism',
    variable: 'SAGEMAKER_TFS_INTRA_OP_PARALLELISM',
    fallback: '0',
    help: 'threads inside one operation; 0: what each model gains by, as measured',
  },
  interOpThreads: {
    name: 'tensorflow_inter_op_parallelism',
    variable: 'SAGEMAKER_TFS_INTER_OP_PARALLELISM',
    fallback: '0',
    help: 'operations at once; 0 leaves it to TensorFlow',
  },
  runThread: { name: 'run_thread', fallback: 'auto', help: runThreadHelp },
  isStrict: {
    name: 'container_strict',
    variable: 'SAGEBRUSH_STRICT',
    fallback: '0',
    help: "1: only what AWS's container takes, and its errors for the rest",
  },
  logFormat: {
    name: 'log_format',
    variable: 'SAGEBRUSH_LOG_FORMAT',
    fallback: 'text',
    help: 'text or json: one line for each event',
  },
  logsAccess: {
    name: 'access_log',
    variable: 'SAGEBRUSH_ACCESS_LOG',
    fallback: '0',
    help: '1: log each answer, on stdout',
  },
  restartsOnCrash: {
    name: 'restart_on_crash',
    variable: 'SAGEBRUSH_RESTART_ON_CRASH',
    fallback: '0',
    help: '1: serve in a process of its own, and start that again where it crashes',
  },
  level: {
    name: 'container_compat',
    variable: 'SAGEBRUSH_COMPAT',
    fallback: '2.19',
    help: "generation of AWS's container to follow: 2.19 or 2.20",
  },
} as const satisfies Record<
  Exclude<keyof Config, keyof ContainerVariables | 'batching' | 'handlers' | 'multiModel' | 'modelPorts'>,
  Option
>
const allOptions: readonly Option[] = [...Object.values(options), ...Object.values(batchingFlags)]

export const usage = [
  'usage: sagebrush-model-server serve [--model_dir DIR] [--port N] …',
  '',
  ...allOptions.map((option) => {
    const facts = [option.variable, option.fallback && `default ${option.fallback}`].filter(Boolean)
    return `  --${option.name.padEnd(32)} ${option.help}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`
  }),
  '',
  "the container's other variables:",
  ...containerVariables.map(([name, help]) => `  ${name.padEnd(44)} ${help}`),
  '',
  "variables for user code, the model's code/inference.py or code/inference.ts:",
  ...handlerVariables.map(([name, help]) => `  ${name.padEnd(44)} ${help}`),
  '',
  'variables for many models on one port:',
  ...multiModelVariables.map(([name, help]) => `  ${name.padEnd(34)} ${help}`),
].join('\n')

/** Throws ConfigError. */
export function readConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const flags = readFlags(argv)
  const text = (option: Option): string | undefined =>
    flags.get(option.name) ?? (option.variable && environment[option.variable]) ?? option.fallback
  const count = (option: Option, highest = Number.MAX_SAFE_INTEGER): number => {
    const value = text(option) ?? ''
    if (/^\d+$/.test(value) && Number(value) <= highest) return Number(value)
    throw new ConfigError(`--${option.name} must be a whole number from 0 to ${highest}, not "${value}"`)
  }
  const level = readLevel(text(options.level))
  const port = count(options.port, 65535)
  const container = readContainerVariables(environment)
  const multiModel = readMultiModelSettings(environment, level)
  return {
    ...container,
    modelDirectory: text(options.modelDirectory) ?? '',
    host: text(options.host) ?? (flags.has(options.modelDirectory.name) ? '127.0.0.1' : '0.0.0.0'),
    port,
    libraryPath: text(options.libraryPath),
    cacheDirectory: text(options.cacheDirectory) ?? cacheDirectory(environment),
    tensorflowVersion: text(options.tensorflowVersion),
    pythonVersion: text(options.pythonVersion),
    workDirectory: text(options.workDirectory),
    defaultModel: withoutNone(text(options.defaultModel)),
    workers: text(options.workers) === undefined ? defaultWorkers() : count(options.workers, 64),
    bodyLimitBytes: count(options.bodyLimitBytes, 4096 * mebibyte),
    runTimeoutMillis: count(options.runTimeoutMillis),
    drainSeconds: count(options.drainSeconds),
    intraOpThreads: count(options.intraOpThreads, 4096) || 'measured',
    interOpThreads: count(options.interOpThreads, 4096),
    runThread: readRunThread(text(options.runThread) ?? ''),
    isStrict: readBoolean(options.isStrict.name, text(options.isStrict) ?? ''),
    level,
    logFormat: readLogFormat(text(options.logFormat) ?? ''),
    logsAccess: readBoolean(options.logsAccess.name, text(options.logsAccess) ?? ''),
    restartsOnCrash: readBoolean(options.restartsOnCrash.name, text(options.restartsOnCrash) ?? ''),
    batching: readBatching(flags, environment),
    handlers: readHandlerSettings(environment, level),
    multiModel,
    // A server whose own port is any free one must not ask for fixed ones; many models have a range for themselves.
    modelPorts: port === 0 || multiModel ? [] : containerPorts(environment, container.instances),
  }
}

/** A flag wins over the container's variable, whose other settings count all the same. */
function readBatching(
  flags: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string | undefined>>,
): BatchingSettings | undefined {
  const isOn = ({ name }: Option): boolean => readBoolean(name, flags.get(name) ?? 'false')
  const enabled = flags.get(batchingFlags.isEnabled.name) ?? environment.SAGEMAKER_TFS_ENABLE_BATCHING
  const parametersFile = flags.get(batchingFlags.parametersFile.name) || undefined
  const isEnabled = readBoolean(batchingFlags.isEnabled.name, enabled ?? 'false')
  if (!isEnabled && parametersFile !== undefined)
    throw new ConfigError('--batching_parameters_file needs --enable_batching')
  if (!isEnabled) return undefined
  const parameters = containerBatching(environment, availableParallelism()) ?? {}
  return { parametersFile, parameters, isPerModel: isOn(batchingFlags.isPerModel) }
}

function readLevel(text: string | undefined): ContainerLevel {
  if (text === '2.19' || text === '2.20') return text
  throw new ConfigError(`--container_compat must be 2.19 or 2.20, not "${text}"`)
}

export function readLogFormat(text: string): LogFormat {
  const format = logFormatOf(text)
  if (format) return format
  throw new ConfigError(`--log_format must be text or json, not "${text}"`)
}

function readBoolean(name: string, text: string): boolean {
  if (/^(true|1)$/i.test(text)) return true
  if (/^(false|0)$/i.test(text)) return false
  throw new ConfigError(`--${name} must be true or false, not "${text}"`)
}

/** As the XDG base directory specification has it. */
export const cacheDirectory = ({ XDG_CACHE_HOME }: Readonly<Record<string, string | undefined>>): string =>
  join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'sagebrush')

const defaultWorkers = (): number => Math.min(availableParallelism(), 8)

/** The container's variable says `None` where nothing is chosen. */
const withoutNone = (name: string | undefined): string | undefined =>
  name === '' || name === 'None' ? undefined : name

function readFlags(argv: readonly string[]): Map<string, string> {
  const known = new Set<string>(allOptions.map((option) => option.name))
  const switches = new Set<string>([batchingFlags.isEnabled.name, batchingFlags.isPerModel.name])
  const flags = new Map<string, string>()
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    const [, name = '', , inline] = /^--([^=]+)(=(.*))?$/s.exec(argument) ?? []
    if (!known.has(name)) throw new ConfigError(`unknown flag ${argument}`)
    const value = inline ?? (switches.has(name) ? 'true' : argv[++index])
    if (value === undefined) throw new ConfigError(`--${name} needs a value`)
    flags.set(name, value)
  }
  return flags
}
