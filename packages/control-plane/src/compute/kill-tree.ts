import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isSame, type ProcessFacts, type ProcessMark, runningProcesses, signal } from './processes.ts'

export interface Tree {
  /** What was started detached, so that each leads a session of its own. They may be gone. */
  readonly roots: readonly ProcessMark[]
  /** `NAME=value` in the environment of everything that belongs to the tree, also of what left its session. */
  readonly variable: string
}

/**
 * Kills the roots and everything that they started, also what has outlived them. Resolves once nothing of it runs.
 * Throws when something still does after `limitSeconds`.
 */
export async function killTree(tree: Tree, limitSeconds = 10): Promise<void> {
  const deadline = Date.now() + limitSeconds * 1000
  // Again and again: a process may have been forked while the list was read.
  for (;;) {
    const members = await membersOf(tree, await runningProcesses())
    if (members.length === 0) return
    if (Date.now() > deadline) throw new Error(`processes ${members.join(', ')} cannot be killed`)
    for (const pid of members) signal(pid, 'SIGKILL')
    await delay(10)
  }
}

async function membersOf({ roots, variable }: Tree, all: readonly ProcessFacts[]): Promise<number[]> {
  const members = new Set(all.filter((facts) => roots.some((root) => leads(root, facts, all))).map(pidOf))
  for (const facts of all)
    if (!members.has(facts.pid) && (await hasVariable(facts.pid, variable))) members.add(facts.pid)
  // Parents may stand after their children in the list.
  for (let before = -1; before < members.size; ) {
    before = members.size
    for (const facts of all) if (members.has(facts.parent)) members.add(facts.pid)
  }
  members.delete(process.pid)
  return [...members]
}

/** Whether a process is the root or of the root's session. A number used again leads another session. */
function leads(root: ProcessMark, facts: ProcessFacts, all: readonly ProcessFacts[]): boolean {
  if (facts.pid === root.pid) return isSame(facts, root)
  if (facts.session !== root.pid) return false
  const leader = all.find((other) => other.pid === root.pid)
  return leader === undefined || isSame(leader, root)
}

/** Linux only: elsewhere environments of other processes are not to be read. */
async function hasVariable(pid: number, variable: string): Promise<boolean> {
  // Processes of other users, and those that ended meanwhile, are none of ours.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  return `\0${environment}`.includes(`\0${variable}\0`)
}

const pidOf = (facts: ProcessFacts) => facts.pid
