import { readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What `<data>/server.json` tells whoever looks for the server: there while it runs, and after a kill -9. */
export interface ServerFacts {
  readonly url: string
  readonly pid: number
  readonly region: string
  readonly account: string
}

const FILE = 'server.json'

/** Seen whole or not at all. */
export async function writeServerFile(directory: string, facts: ServerFacts): Promise<void> {
  const path = join(directory, FILE)
  await writeFile(`${path}.new`, `${JSON.stringify(facts)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** One that is not there is no error. */
export async function removeServerFile(directory: string): Promise<void> {
  await rm(join(directory, FILE), { force: true })
}

/** For messages alone: nothing may depend on a file that can be missing, or of a server that was killed. */
export function readServerFile(directory: string): ServerFacts | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, FILE), 'utf8')) as ServerFacts
  } catch {
    return undefined
  }
}
