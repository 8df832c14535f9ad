import { ConfigError } from '../flags/read-flags.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Variables of the container that say how it runs its processes, as far as one process for all has a use for them. */
export interface ContainerVariables {
  /** TensorFlow Serving processes that the container would run. */
  readonly instances: number
  /** Longest time for the models to load; undefined: any. */
  readonly loadSeconds: number | undefined
  /** tensorflow.ConfigProto: how much of a GPU's memory is taken, with several instances; otherwise what is needed. */
  readonly sessionConfig: Uint8Array
}

/** For `--help`. */
export const containerVariables: readonly (readonly [string, string])[] = [
  ['SAGEMAKER_TFS_WAIT_TIME_SECONDS', 'longest time for the models to load (default: any)'],
  [
    'SAGEMAKER_SAFE_PORT_RANGE',
    '9000-9999: where handlers reach the model by themselves (default 9000 and 8501)',
  ],
  ['SAGEMAKER_TFS_INSTANCE_COUNT', 'taken; one process serves all requests, on all cores'],
  [
    'SAGEMAKER_TFS_FRACTIONAL_GPU_MEM_MARGIN',
    'with several instances: part of the GPU left free (default 0.2)',
  ],
  ['SAGEMAKER_TFS_NGINX_LOGLEVEL', 'taken, and SAGEMAKER_GUNICORN_LOGLEVEL; without effect'],
]

const nginxLevels = ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg']
const gunicornLevels = ['debug', 'info', 'warning', 'error', 'critical']

/** Throws ConfigError for what the container would not start with. Source: its serve.py. */
export function readContainerVariables(variables: Variables): ContainerVariables {
  const instances = wholeNumber(variables, 'SAGEMAKER_TFS_INSTANCE_COUNT', 1000) ?? 1
  const margin = readMargin(variables)
  oneOf(variables, 'SAGEMAKER_TFS_NGINX_LOGLEVEL', nginxLevels)
  oneOf(variables, 'SAGEMAKER_GUNICORN_LOGLEVEL', gunicornLevels)
  return {
    instances,
    loadSeconds: wholeNumber(variables, 'SAGEMAKER_TFS_WAIT_TIME_SECONDS', 86_400),
    // Of one process what the container's several have together.
    sessionConfig: instances > 1 ? gpuMemoryFraction(1 - margin) : new Uint8Array(0),
  }
}

function readMargin(variables: Variables): number {
  const name = 'SAGEMAKER_TFS_FRACTIONAL_GPU_MEM_MARGIN'
  const text = variables[name] || '0.2'
  const value = /^\s*\d*\.?\d+\s*$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0 && value < 1) return value
  throw new ConfigError(`${name} must be a number from 0 to below 1, not "${text}"`)
}

/** ConfigProto { gpu_options 6 { per_process_gpu_memory_fraction 1 } } */
function gpuMemoryFraction(fraction: number): Uint8Array {
  const bytes = Buffer.alloc(11)
  bytes.set([0x32, 9, 0x09])
  bytes.writeDoubleLE(Number(fraction.toFixed(4)), 3)
  return bytes
}

function wholeNumber(variables: Variables, name: string, highest: number): number | undefined {
  const text = variables[name]
  if (text === undefined || text === '') return undefined
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= highest) return value
  throw new ConfigError(`${name} must be a whole number from 1 to ${highest}, not "${text}"`)
}

function oneOf(variables: Variables, name: string, values: readonly string[]): void {
  const text = variables[name]
  if (text === undefined || text === '' || values.includes(text)) return
  throw new ConfigError(`${name} must be one of ${values.join(', ')}, not "${text}"`)
}
