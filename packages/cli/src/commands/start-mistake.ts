import { ConfigError, DirectoryInUse } from '@sagebrush/control-plane'

/** What the server was asked for. */
export interface Start {
  readonly data: string
  readonly port?: number
  readonly host?: string
}

/** A line that says what to mend, for a server that did not start; undefined for what only its authors can mend. */
export function startMistake(error: unknown, { data, port, host }: Start): string | undefined {
  if (error instanceof ConfigError) return error.message.replace(/^maxJobs/, '--max-jobs')
  if (error instanceof DirectoryInUse) return `${error.message}; stop it, or choose another with --data`
  const { code = '', syscall, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `port ${port} is taken; choose another with --port`
  if (syscall === 'listen' || syscall === 'getaddrinfo') {
    return `cannot listen on ${host}: ${message}; choose another address with --host, another port with --port`
  }
  if (/^(SQLITE_|E[A-Z]+$)/.test(code)) return `cannot keep data in ${data}: ${message}`
  return undefined
}
