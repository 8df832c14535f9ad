import { ConfigError } from '../flags/read-flags.ts'
import type { ContainerLevel } from '../formats/container-rules.ts'

export interface HandlerSettings {
  /** Processes or threads that run user code. */
  readonly workers: number
  /** Requests that one worker may handle at once. */
  readonly concurrency: number
  /** Longest time that one handler function may run. */
  readonly handlerSeconds: number
  /** Longest time for an answer, waiting included: at least `handlerSeconds`. */
  readonly answerSeconds: number
  /** What the context of level 2.20 tells as its timeout. */
  readonly modelSeconds: number
  /** Memory that a process of user code may grow to before it is replaced; undefined: by what the machine has. */
  readonly memoryLimitBytes: number | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

/** By gunicorn's worker class: how many requests a worker takes at once; `threads` is a setting of its own. */
const workerClasses: Readonly<Record<string, number | 'threads'>> = {
  sync: 1,
  gthread: 'threads',
  eventlet: 64,
  gevent: 64,
  tornado: 64,
}

/** The container's variables that tell how user code runs, with what they mean here; for `--help`. */
export const handlerVariables: readonly (readonly [string, string])[] = [
  ['SAGEMAKER_GUNICORN_WORKERS', 'processes or threads that run user code (default 1)'],
  ['SAGEMAKER_GUNICORN_WORKER_CLASS', 'sync: one request at a time in each; gthread: as many as …_THREADS'],
  ['SAGEMAKER_GUNICORN_THREADS', 'for gthread (default 1)'],
  ['SAGEMAKER_GUNICORN_TIMEOUT_SECONDS', 'longest time for one handler function (default 30)'],
  ['SAGEBRUSH_HANDLER_MEMORY_MIB', 'memory that one of them may grow to (default: half, shared)'],
  ['SAGEMAKER_NGINX_PROXY_READ_TIMEOUT_SECONDS', 'longest time for an answer through user code (default 60)'],
]

/** From the variables of the container's gunicorn and nginx. Throws ConfigError. */
export function readHandlerSettings(variables: Variables, level: ContainerLevel): HandlerSettings {
  const handlerSeconds = wholeNumber(variables, 'SAGEMAKER_GUNICORN_TIMEOUT_SECONDS', 30)
  const mebibytes = variables.SAGEBRUSH_HANDLER_MEMORY_MIB
  const readSeconds = wholeNumber(variables, 'SAGEMAKER_NGINX_PROXY_READ_TIMEOUT_SECONDS', 60)
  return {
    workers: wholeNumber(variables, 'SAGEMAKER_GUNICORN_WORKERS', 1),
    concurrency: concurrencyOf(variables),
    handlerSeconds,
    answerSeconds: Math.max(readSeconds, handlerSeconds),
    modelSeconds: wholeNumber(variables, 'SAGEMAKER_TFS_WAIT_TIME_SECONDS', level === '2.19' ? 55 : 60),
    memoryLimitBytes: mebibytes
      ? wholeNumber(variables, 'SAGEBRUSH_HANDLER_MEMORY_MIB', 1) * 2 ** 20
      : undefined,
  }
}

function concurrencyOf(variables: Variables): number {
  const threads = wholeNumber(variables, 'SAGEMAKER_GUNICORN_THREADS', 1)
  const name = variables.SAGEMAKER_GUNICORN_WORKER_CLASS ?? 'gevent'
  const limit = Object.hasOwn(workerClasses, name) ? workerClasses[name] : undefined
  if (limit === undefined) {
    const names = Object.keys(workerClasses).join(', ')
    throw new ConfigError(`SAGEMAKER_GUNICORN_WORKER_CLASS must be one of ${names}, not "${name}"`)
  }
  return limit === 'threads' ? threads : limit
}

/** Enough for seconds, and for the mebibytes of large machines. */
const highest = 16 * 2 ** 20

function wholeNumber(variables: Variables, name: string, fallback: number): number {
  const text = variables[name] ?? String(fallback)
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= highest) return value
  throw new ConfigError(`${name} must be a whole number from 1 to ${highest}, not "${text}"`)
}
