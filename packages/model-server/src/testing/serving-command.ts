import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'

/** The built command, as people start it. Disposing it kills it. */
export interface ServingCommand extends AsyncDisposable {
  readonly child: ChildProcess
  /** The last of stdout and stderr. */
  readonly output: () => string
  readonly exitCode: Promise<number | null>
  /** Both resolve once the port is open. */
  readonly restUrl: () => Promise<string>
  readonly grpcPort: () => Promise<number>
}

const program = fileURLToPath(new URL('../../bin/sagebrush-model-server.js', import.meta.url))
const keptCharacters = 64 * 1024

/** On free ports of the loopback interface. */
export function startServingCommand(libraryPath: string, ...flags: readonly string[]): ServingCommand {
  const place = ['--host=127.0.0.1', '--port=any', '--rest_api_port=any']
  const args = [program, `--libtensorflow=${libraryPath}`, ...place, ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-keptCharacters)
    })
  }
  const exitCode = once(child, 'exit').then(([code]) => code as number | null)
  const portOf = (what: string): Promise<number> =>
    vi.waitFor(
      () => {
        const [, port] = new RegExp(`${what}.*:(\\d+) \\.\\.\\.`).exec(text) ?? []
        if (port === undefined) throw new Error(text)
        return Number(port)
      },
      { timeout: 60_000, interval: 20 },
    )
  return {
    child,
    output: () => text,
    exitCode,
    restUrl: async () => `http://127.0.0.1:${await portOf('REST API')}`,
    grpcPort: () => portOf('gRPC ModelServer'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exitCode
    },
  }
}
