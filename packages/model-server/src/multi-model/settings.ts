import { ConfigError } from '../flags/read-flags.ts'
import type { ContainerLevel } from '../formats/container-rules.ts'
import type { PortRange } from './port-slots.ts'

/** Of a server for models that come and go. */
export interface MultiModelSettings {
  /** Limits how many models are loaded at a time; undefined: any number. */
  readonly portRange: PortRange | undefined
  /** Pairs of ports that a model counts for. */
  readonly pairsPerModel: number
  readonly loadSeconds: number
  /** For all loaded models together; undefined: what the machine has. */
  readonly memoryLimitBytes: number | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

export const multiModelVariables: readonly (readonly [name: string, help: string])[] = [
  ['SAGEMAKER_MULTI_MODEL', 'true: models come and go by /models; --model_dir is not read'],
  ['SAGEMAKER_SAFE_PORT_RANGE', '9000-9999: as many models at most as the container fits into it'],
  ['SAGEMAKER_TFS_INSTANCE_COUNT', 'pairs of ports that each model counts for (default 1)'],
  ['SAGEMAKER_TFS_WAIT_TIME_SECONDS', 'how long a model may load (default 55, at level 2.20 60)'],
  ['SAGEBRUSH_MODEL_MEMORY_MIB', 'memory for all loaded models (default: what the machine has)'],
]

/** From the container's variables; undefined where they do not ask for it. Throws ConfigError. */
export function readMultiModelSettings(
  variables: Variables,
  level: ContainerLevel,
): MultiModelSettings | undefined {
  const isWanted = variables.SAGEMAKER_MULTI_MODEL || 'false'
  if (/^false$/i.test(isWanted)) return undefined
  if (!/^true$/i.test(isWanted)) {
    throw new ConfigError(`SAGEMAKER_MULTI_MODEL must be true or false, not "${isWanted}"`)
  }
  const instances = count(variables, { name: 'SAGEMAKER_TFS_INSTANCE_COUNT', highest: 1000 }) ?? 1
  const seconds = level === '2.20' ? 60 : Math.max(1, Math.floor(55 / instances))
  const mebibytes = count(variables, { name: 'SAGEBRUSH_MODEL_MEMORY_MIB', highest: 2 ** 30 })
  return {
    portRange: readRange(variables.SAGEMAKER_SAFE_PORT_RANGE),
    pairsPerModel: instances,
    loadSeconds: count(variables, { name: 'SAGEMAKER_TFS_WAIT_TIME_SECONDS', highest: 86_400 }) ?? seconds,
    memoryLimitBytes: mebibytes === undefined ? undefined : mebibytes * 2 ** 20,
  }
}

function count(
  variables: Variables,
  { name, highest }: { readonly name: string; readonly highest: number },
): number | undefined {
  const text = variables[name]
  if (text === undefined || text === '') return undefined
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= highest) return value
  throw new ConfigError(`${name} must be a whole number from 1 to ${highest}, not "${text}"`)
}

function readRange(text: string | undefined): PortRange | undefined {
  if (text === undefined || text === '') return undefined
  const [, low, high] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []
  const range = { low: Number(low), high: Number(high) }
  if (range.low >= 1 && range.low < range.high && range.high <= 65_535) return range
  throw new ConfigError(`SAGEMAKER_SAFE_PORT_RANGE must be two ports such as 9000-9999, not "${text}"`)
}
