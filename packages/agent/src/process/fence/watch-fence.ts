import type { Share } from '../../plan/host-plan.ts'
import {
  listProcesses,
  memoryBytes,
  type RunningProcess,
  residentBytes,
  withDescendants,
} from '../processes.ts'
import type { Breach, Fence } from './fence.ts'

const LOOK_MILLISECONDS = 1000

/**
 * A fence for machines without control groups that we may make: looks at the processes again and again, and kills all
 * of them when they have too much together. Linux only; elsewhere it holds nobody.
 */
export function watchFence(share: Share, everyMilliseconds = LOOK_MILLISECONDS): Fence {
  const roots = new Set<number>()
  let breached: Breach | undefined
  let look: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    look = look.then(async () => {
      const members = await membersOf(roots)
      const found = await breachOf(members, share)
      if (found === undefined) return
      breached ??= found
      for (const { pid } of members) kill(pid)
    })
  }, everyMilliseconds).unref()
  return {
    async admit(pid) {
      roots.add(pid)
    },
    breach: async () => breached,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await look
      for (const { pid } of await membersOf(roots)) kill(pid)
    },
  }
}

/** The processes that lead back to a root: by descent, by group or by session. */
async function membersOf(roots: ReadonlySet<number>): Promise<readonly RunningProcess[]> {
  if (roots.size === 0) return []
  return withDescendants(await listProcesses(), ({ pid, group, session }) =>
    [pid, group, session].some((id) => roots.has(id)),
  )
}

async function breachOf(members: readonly RunningProcess[], share: Share): Promise<Breach | undefined> {
  const threads = members.reduce((sum, member) => sum + member.threads, 0)
  if (threads > share.processLimit) return 'processes'
  if (residentBytes(members) <= share.memoryLimitBytes) return undefined
  return (await memoryBytes(members)) > share.memoryLimitBytes ? 'memory' : undefined
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
