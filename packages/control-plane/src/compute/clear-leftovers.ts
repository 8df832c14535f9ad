import { execFile } from 'node:child_process'
import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { hostFiles, type Leftovers } from '@sagebrush/agent'
import { hasCode, unlessAbsent } from '../system-error.ts'
import { signal } from './processes.ts'

const REMOVAL_LIMIT_MILLISECONDS = 30_000
const KILL_LIMIT_MILLISECONDS = 10_000

/**
 * Ends what a host's program left outside of its processes, as its agent noted it: containers and control groups. To be
 * called once the agent is dead. Throws when a process cannot be ended.
 */
export async function clearLeftovers(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const text = await readFile(join(folder, hostFiles.leftovers), 'utf8').catch(unlessAbsent)
  const { removals, controlGroups } = parse(text)
  const options = { timeout: REMOVAL_LIMIT_MILLISECONDS, env: environment }
  for (const [command = '', ...args] of removals) {
    // An engine that does not answer any more runs nothing either.
    await promisify(execFile)(command, args, options).catch(() => {})
  }
  for (const group of controlGroups) await removeControlGroup(group)
}

function parse(text: string | undefined): Leftovers {
  if (text !== undefined) {
    try {
      return JSON.parse(text)
    } catch {
      // Half written: what it would tell of has not begun.
    }
  }
  return { controlGroups: [], removals: [] }
}

async function removeControlGroup(directory: string): Promise<void> {
  const deadline = Date.now() + KILL_LIMIT_MILLISECONDS
  for (;;) {
    const processes = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(unlessAbsent)
    if (processes === undefined) return
    const pids = processes.split('\n').filter(Boolean).map(Number)
    for (const pid of pids) signal(pid, 'SIGKILL')
    if (pids.length === 0 && (await removeEmpty(directory))) return
    if (Date.now() > deadline) throw new Error(`${directory} cannot be emptied: processes ${pids.join(', ')}`)
    await delay(10)
  }
}

/** False while the kernel still sees somebody inside. */
async function removeEmpty(directory: string): Promise<boolean> {
  // A program may have made groups of its own inside.
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeControlGroup(join(directory, entry.name))
  }
  return rmdir(directory).then(
    () => true,
    (error: unknown) => hasCode(error, 'ENOENT'),
  )
}
