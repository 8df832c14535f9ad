import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import type { BatchingSettings } from '../batching/loader-wrapper.ts'
import { containerBatching } from '../batching/parameters.ts'
import type { ModelPorts } from '../faces/user-code-face.ts'
import { containerFlagLines, containerFlags, withVariables } from '../flags/container-flags.ts'
import { ConfigError, type FlagValues, flagValues, readFlags } from '../flags/read-flags.ts'
import { readRunThread } from '../flags/run-thread.ts'
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

export const usage = [
  'usage: sagebrush-model-server serve [--model_dir DIR] [--port N] …',
  '',
  ...containerFlagLines,
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
  const given = readFlags(containerFlags, argv)
  const flags = flagValues(containerFlags, withVariables(given, environment))
  const text = (name: string): string | undefined => flags.text(name) || undefined
  const level = levelNamed(flags.text('container_compat'))
  const port = flags.integer('port', 0, 65535)
  const container = readContainerVariables(environment)
  const multiModel = readMultiModelSettings(environment, level)
  return {
    ...container,
    modelDirectory: flags.text('model_dir'),
    host: text('host') ?? (given.has('model_dir') ? '127.0.0.1' : '0.0.0.0'),
    port,
    libraryPath: text('libtensorflow'),
    cacheDirectory: text('cache_directory') ?? cacheDirectory(environment),
    tensorflowVersion: text('tensorflow_version'),
    pythonVersion: text('python_version'),
    workDirectory: text('work_directory'),
    defaultModel: withoutNone(flags.text('default_model_name')),
    workers: flags.isGiven('workers') ? flags.integer('workers', 0, 64) : defaultWorkers(),
    bodyLimitBytes: flags.integer('max_body_bytes', 0, largestBodyBytes),
    runTimeoutMillis: flags.integer('rest_api_timeout_in_ms'),
    drainSeconds: flags.integer('drain_seconds'),
    intraOpThreads: flags.integer('tensorflow_intra_op_parallelism', 0, 4096) || 'measured',
    interOpThreads: flags.integer('tensorflow_inter_op_parallelism', 0, 4096),
    runThread: readRunThread(flags.text('run_thread')),
    isStrict: flags.boolean('container_strict'),
    level,
    logFormat: readLogFormat(flags.text('log_format')),
    logsAccess: flags.boolean('access_log'),
    restartsOnCrash: flags.boolean('restart_on_crash'),
    batching: batchingOf(flags, environment),
    handlers: readHandlerSettings(environment, level),
    multiModel,
    // A server whose own port is any free one must not ask for fixed ones; many models have a range for themselves.
    modelPorts: port === 0 || multiModel ? [] : containerPorts(environment, container.instances),
  }
}

/** A flag wins over the container's variable, whose other settings count all the same. */
function batchingOf(
  flags: FlagValues,
  environment: Readonly<Record<string, string | undefined>>,
): BatchingSettings | undefined {
  const isEnabled = flags.boolean('enable_batching')
  const parametersFile = flags.text('batching_parameters_file') || undefined
  if (!isEnabled && parametersFile !== undefined)
    throw new ConfigError('--batching_parameters_file needs --enable_batching')
  if (!isEnabled) return undefined
  const parameters = containerBatching(environment, availableParallelism())
  const isPerModel = flags.boolean('enable_per_model_batching_parameters')
  return { parametersFile, parameters, isPerModel }
}

function levelNamed(text: string): ContainerLevel {
  if (text === '2.19' || text === '2.20') return text
  throw new ConfigError(`--container_compat must be 2.19 or 2.20, not "${text}"`)
}

/** Throws ConfigError. */
export function readLogFormat(text: string): LogFormat {
  const format = logFormatOf(text)
  if (format) return format
  throw new ConfigError(`--log_format must be text or json, not "${text}"`)
}

/** As the XDG base directory specification has it. */
export const cacheDirectory = ({ XDG_CACHE_HOME }: Readonly<Record<string, string | undefined>>): string =>
  join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'sagebrush')

const largestBodyBytes = 4096 * 1024 * 1024

const defaultWorkers = (): number => Math.min(availableParallelism(), 8)

/** The container's variable says `None` where nothing is chosen. */
const withoutNone = (name: string): string | undefined => (name === '' || name === 'None' ? undefined : name)
