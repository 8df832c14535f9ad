import { ConfigError } from '../flags/read-flags.ts'

export interface HandlerSettings {
  /** Processes or threads that run user code. */
  readonly workers: number
  /** Longest time that one handler function may run. */
  readonly handlerSeconds: number
  /** Longest time for an answer, waiting included: at least `handlerSeconds`. */
  readonly answerSeconds: number
}

type Variables = Readonly<Record<string, string | undefined>>

/** From the variables of the container's gunicorn and nginx. Throws ConfigError. */
export function readHandlerSettings(variables: Variables): HandlerSettings {
  const workers = wholeNumber(variables, { name: 'SAGEMAKER_GUNICORN_WORKERS', fallback: 1 })
  const handlerSeconds = wholeNumber(variables, { name: 'SAGEMAKER_GUNICORN_TIMEOUT_SECONDS', fallback: 30 })
  const readSeconds = wholeNumber(variables, {
    name: 'SAGEMAKER_NGINX_PROXY_READ_TIMEOUT_SECONDS',
    fallback: 60,
  })
  return { workers, handlerSeconds, answerSeconds: Math.max(readSeconds, handlerSeconds) }
}

function wholeNumber(
  variables: Variables,
  { name, fallback }: { readonly name: string; readonly fallback: number },
): number {
  const text = variables[name] ?? String(fallback)
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= 86_400) return value
  throw new ConfigError(`${name} must be a whole number from 1 to 86400, not "${text}"`)
}
