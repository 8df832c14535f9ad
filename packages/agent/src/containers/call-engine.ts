import { type ChildProcess, spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'

export interface CallOptions {
  /** Default: that of this process. */
  readonly environment?: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal
  /** Gets each chunk of stderr, as a pull's progress is. */
  readonly onError?: (bytes: Uint8Array) => void
}

export interface CallResult {
  /** Undefined for a call that could not be made or took too long. */
  readonly exitCode: number | undefined
  readonly output: string
  /** The end of what went to stderr, or why the call could not be made. */
  readonly error: string
}

const keptCharacters = 8_192

/** Runs a command to its end. A failure is a result. Throws the signal's reason when aborted. */
export async function callEngine(command: readonly string[], options: CallOptions): Promise<CallResult> {
  options.signal?.throwIfAborted()
  const [program = '', ...args] = command
  const env = options.environment === undefined ? {} : { env: { ...options.environment } }
  const child = spawn(program, args, { ...env, stdio: ['ignore', 'pipe', 'pipe'] })
  const words = { output: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    words.output = (words.output + text).slice(-keptCharacters)
  })
  child.stderr.on('data', (bytes: Buffer) => {
    options.onError?.(bytes)
    words.error = (words.error + bytes.toString()).slice(-keptCharacters)
  })
  const exitCode = await endOf(child, options, (problem) => {
    words.error += problem
  })
  options.signal?.throwIfAborted()
  return { exitCode, output: words.output.trim(), error: words.error.trim() }
}

function endOf(
  child: ChildProcess,
  { signal, timeoutSeconds }: CallOptions,
  problem: (text: string) => void,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const stop = (): void => void child.kill('SIGKILL')
    const deadline = setTimeout(() => {
      problem(`no answer within ${timeoutSeconds} seconds`)
      stop()
    }, timeoutSeconds * 1000)
    signal?.addEventListener('abort', stop, { once: true })
    const end = (code: number | undefined): void => {
      clearTimeout(deadline)
      signal?.removeEventListener('abort', stop)
      resolve(code)
    }
    child.once('error', (error) => {
      problem(error.message)
      end(undefined)
    })
    child.once('close', (code) => end(code ?? undefined))
  })
}

/** The absolute path of a program, looked for as a shell does; undefined when it is not there. */
export async function findProgram(
  name: string,
  path = '/usr/local/bin:/usr/bin:/bin',
): Promise<string | undefined> {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((folder) => join(folder, name))
  for (const candidate of candidates.filter(isAbsolute)) {
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return candidate
  }
  return undefined
}
