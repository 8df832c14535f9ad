import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSession, type Session } from '@sagebrush/sdk'

/** How to reach the server that runs on a data directory. */
export interface Connection {
  readonly url: string
  readonly region: string
  readonly account: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** A mistake of the user's, told in one line without a stack. */
export class UsageError extends Error {}

/** Throws UsageError that says how to start a server when none runs on `dataDirectory`. */
export async function findServer(dataDirectory: string): Promise<Connection> {
  const server = await readJson(join(dataDirectory, 'server.json'))
  if (!server || !isAlive(server.pid)) {
    throw new UsageError(
      `no server runs on ${dataDirectory}; start one with "npx sagebrush serve --data ${dataDirectory}", or name the data directory of the one that runs with --data`,
    )
  }
  const credentials = await readJson(join(dataDirectory, 'credentials.json'))
  const { url, region, account } = server
  return { url, region, account, credentials } as unknown as Connection
}

export function openSession({ url, region, credentials }: Connection): Session {
  return createSession({ endpoint: url, region, credentials })
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive(pid: unknown): boolean {
  try {
    return typeof pid === 'number' && process.kill(pid, 0)
  } catch {
    return false // ESRCH: the server was killed and could not tidy up
  }
}
