import { setTimeout as delay } from 'node:timers/promises'
import { HostFailure } from '../failure-reason.ts'
import { lineSplitter } from '../logs/line-splitter.ts'
import type { OutputLog } from '../logs/output-log.ts'
import { type RunningProgram, startProgram } from '../process/program.ts'
import { ping } from './ping.ts'

export interface ModelServerOptions {
  /** Program and arguments. */
  readonly command: readonly string[]
  /** Where it is started. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  readonly log: OutputLog
  /** How long loading may take. */
  readonly startSeconds: number
}

/** A model server that answers. */
export interface ModelServer {
  /** `127.0.0.1:port` */
  readonly address: string
  /** Resolves with the reason once it has exited. Never rejects. */
  readonly ended: Promise<string>
  /** SIGTERM now, SIGKILL after the grace. */
  stop(graceSeconds: number): void
}

/**
 * Starts the model server and waits until it answers /ping with 200. Throws HostFailure when it exits before
 * or takes too long, and the signal's reason; nothing runs on then.
 */
export async function startModelServer(
  options: ModelServerOptions,
  signal: AbortSignal,
): Promise<ModelServer> {
  const words = new StartWords()
  const [first = process.execPath, ...args] = options.command
  const program = await startProgram({
    program: first,
    args,
    directory: options.directory,
    environment: options.environment,
    output: (bytes) => {
      options.log.write(bytes)
      words.read(bytes)
    },
  })
  try {
    const address = await answering(program, words, { signal, seconds: options.startSeconds })
    const ended = program.ended.then(({ exitCode }) => words.reasonOfEnd(exitCode))
    return { address, ended, stop: program.stop }
  } catch (error) {
    program.stop(0)
    await program.ended
    throw error
  }
}

async function answering(
  program: RunningProgram,
  words: StartWords,
  { signal, seconds }: { readonly signal: AbortSignal; readonly seconds: number },
): Promise<string> {
  const late = AbortSignal.timeout(seconds * 1000)
  const over = new AbortController()
  const limits = AbortSignal.any([signal, late, over.signal])
  const exited = program.ended.then(({ exitCode }) => {
    throw notHealthy(words.reasonOfEnd(exitCode))
  })
  try {
    return await Promise.race([exited, healthyAddress(words, limits)])
  } catch (error) {
    signal.throwIfAborted()
    if (late.aborted) throw notHealthy(`no answer to /ping within ${seconds} seconds`)
    throw error
  } finally {
    exited.catch(() => {})
    over.abort()
  }
}

async function healthyAddress(words: StartWords, limits: AbortSignal): Promise<string> {
  for (;;) {
    if (words.address !== undefined && (await ping(words.address, limits))) return words.address
    await delay(10, undefined, { signal: limits })
  }
}

function notHealthy(reason: string): HostFailure {
  return new HostFailure(`The primary container did not pass the ping health check: ${reason}`)
}

/**
 * What a model server says of itself, on stdout or stderr:
 *
 *   sagebrush-model-server: listening on 127.0.0.1:41234
 *   sagebrush-model-server: error: no SavedModel in …
 */
class StartWords {
  #splitter = lineSplitter(1 << 16)
  #error: string | undefined
  address: string | undefined

  read(bytes: Uint8Array): void {
    for (const line of this.#splitter.push(bytes)) {
      const match = /^sagebrush-model-server: (listening on|error:) (.+)$/.exec(line)
      if (match?.[1] === 'error:') this.#error = match[2]
      else if (match !== null) this.address ??= match[2]
    }
  }

  reasonOfEnd(exitCode: number): string {
    return this.#error ?? `the model server ended with exit code ${exitCode}`
  }
}
