import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSession, type Session } from '@sagebrush/sdk'

export const sagebrush = join(import.meta.dirname, '../../packages/cli/bin/sagebrush.js')
const startDeadlineMillis = 300_000

/** A real server in a process and a data directory of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly data: string
  readonly session: Session
  readonly #process: ChildProcess

  private constructor(data: string, session: Session, child: ChildProcess) {
    this.data = data
    this.session = session
    this.#process = child
  }

  static async start(): Promise<ServerProcess> {
    const data = await mkdtemp(join(tmpdir(), 'sagebrush-conformance-'))
    const child = spawn('node', [sagebrush, 'serve', '--port', '0', '--data', data], { stdio: 'ignore' })
    return new ServerProcess(data, await connect(data, child), child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM')
      await once(this.#process, 'exit')
    }
    await rm(this.data, { recursive: true, force: true })
  }
}

async function connect(data: string, child: ChildProcess): Promise<Session> {
  const deadline = performance.now() + startDeadlineMillis
  while (performance.now() < deadline) {
    const server = await readJson(join(data, 'server.json'))
    if (server?.pid === child.pid) {
      const credentials = (await readJson(join(data, 'credentials.json'))) as never
      return createSession({ endpoint: String(server?.url), region: 'us-west-2', credentials })
    }
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    await sleep(50)
  }
  throw new Error('the server did not start in time')
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  return readFile(path, 'utf8').then(JSON.parse, () => undefined)
}
