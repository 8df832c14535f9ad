import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface ToolOptions {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal | undefined
  /** Gets each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void
  readonly timeoutSeconds: number
  readonly workingDirectory?: string
  /** Given on stdin; nothing is without it. */
  readonly input?: string
}

export interface ToolResult {
  /** Undefined when the program could not be started or was killed. */
  readonly exitCode: number | undefined
  /** The last lines of stdout. */
  readonly output: readonly string[]
  /** The last lines of stdout and stderr together. */
  readonly lines: readonly string[]
}

const keptLines = 400

/**
 * Runs a program to its end. A program that cannot be started, fails or takes too long is a result, not an error.
 * Throws the signal's reason when aborted, once the program has ended.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<ToolResult> {
  options.signal?.throwIfAborted()
  const child = spawn(command, args, {
    env: { ...options.variables },
    stdio: 'pipe',
    ...(options.workingDirectory === undefined ? {} : { cwd: options.workingDirectory }),
  })
  // A program that ends without reading its input is no failure of ours.
  child.stdin.on('error', () => undefined).end(options.input ?? '')
  const output: string[] = []
  const lines: string[] = []
  const take = (line: string): void => {
    keep(lines, line)
    options.onLine?.(line)
  }
  onLines(child.stderr, take)
  onLines(child.stdout, (line) => {
    keep(output, line)
    take(line)
  })
  const exitCode = await endOf(child, options, (problem) => keep(lines, problem))
  options.signal?.throwIfAborted()
  return { exitCode, output, lines }
}

function onLines(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take)
}

function keep(lines: string[], line: string): void {
  lines.push(line)
  if (lines.length > keptLines) lines.shift()
}

const killGraceSeconds = 5

function endOf(
  child: ChildProcess,
  { signal, timeoutSeconds }: ToolOptions,
  problem: (text: string) => void,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    let killing: NodeJS.Timeout | undefined
    const stop = () => {
      child.kill('SIGTERM')
      killing ??= setTimeout(() => child.kill('SIGKILL'), killGraceSeconds * 1000)
    }
    const deadline = setTimeout(() => {
      problem(`no end after ${timeoutSeconds} s`)
      stop()
    }, timeoutSeconds * 1000)
    signal?.addEventListener('abort', stop, { once: true })
    const end = (code: number | undefined) => {
      clearTimeout(deadline)
      clearTimeout(killing)
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
