import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Client, createClient, type OutputOf, s3, sagemaker } from '@sagebrush/api'
import type { ServerOptions } from '../config.ts'
import { type RunningServer, startServer } from '../server.ts'

type Job = OutputOf<typeof sagemaker, 'DescribeTrainingJob'>

/** A whole server on a data directory of its own; its hosts are the fixture program of `../compute/fixtures`. */
export interface Platform extends AsyncDisposable {
  readonly directory: string
  readonly server: RunningServer
  readonly sagemaker: Client<typeof sagemaker>
  readonly s3: Client<typeof s3>
  /** What the server said went wrong. */
  readonly lines: readonly string[]
  /** Waits, looking again and again, until the job is in one of the statuses. */
  until(name: string, ...statuses: readonly Job['TrainingJobStatus'][]): Promise<Job>
}

export const hostProgram = fileURLToPath(new URL('../compute/fixtures/host.mjs', import.meta.url))

export async function makeDataDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sagebrush-data-'))
}

/** Kills what its hosts left running, then deletes it. */
export async function removeDataDirectory(directory: string): Promise<void> {
  const hosts = join(directory, 'hosts')
  for (const id of await readdir(hosts).catch(() => [])) {
    for (const index of await readdir(join(hosts, id))) {
      const claim = await readFile(join(hosts, id, index, 'claim'), 'utf8').catch(() => undefined)
      if (claim) killQuietly(JSON.parse(claim).pid)
    }
  }
  await rm(directory, { recursive: true })
}

export async function startPlatform(
  directory: string,
  options: Partial<ServerOptions> = {},
): Promise<Platform> {
  const lines: string[] = []
  const server = await startServer({
    dataDirectory: directory,
    agentMain: hostProgram,
    modelServerMain: '/no/model/server',
    environmentsDirectory: join(directory, 'environments'),
    log: (line) => lines.push(line),
    ...options,
  })
  const clientOptions = { endpoint: server.url, region: server.region, credentials: server.credentials }
  const client = createClient(sagemaker, clientOptions)
  return {
    directory,
    server,
    lines,
    sagemaker: client,
    s3: createClient(s3, clientOptions),
    until: (name, ...statuses) => until(client, name, statuses),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

async function until(
  client: Client<typeof sagemaker>,
  name: string,
  statuses: readonly string[],
): Promise<Job> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const job = await client.DescribeTrainingJob({ TrainingJobName: name })
    if (statuses.includes(job.TrainingJobStatus)) return job
    if (Date.now() > deadline) throw new Error(`${name} stays ${job.TrainingJobStatus}`)
    await delay(20)
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
