import { readdir, readFile } from 'node:fs/promises'
import type { Share } from '../../host-plan.ts'
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

interface Member {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly threads: number
  readonly residentPages: number
}

/** The processes that lead back to a root: by descent, by group or by session. */
async function membersOf(roots: ReadonlySet<number>): Promise<readonly Member[]> {
  if (roots.size === 0) return []
  const names = await readdir('/proc').catch(() => [])
  const all = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readMember))
  const running = all.filter((member) => member !== undefined)
  const inside = new Set(
    running.filter((each) => [each.pid, each.group, each.session].some((id) => roots.has(id))).map(pidOf),
  )
  // Parents may stand after their children in the list.
  for (let before = -1; before < inside.size; ) {
    before = inside.size
    for (const { pid, parent } of running) if (inside.has(parent)) inside.add(pid)
  }
  return running.filter(({ pid }) => inside.has(pid))
}

/** `4711 (node) S 1 4711 4711 …`; the name may hold blanks and brackets. Source: proc(5). */
async function readMember(name: string): Promise<Member | undefined> {
  const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 22 || fields[0] === 'Z') return undefined
  const [parent = 0, group = 0, session = 0] = fields.slice(1, 4).map(Number)
  const [threads, residentPages] = [Number(fields[17]), Number(fields[21])]
  return { pid: Number(name), parent, group, session, threads, residentPages }
}

async function breachOf(members: readonly Member[], share: Share): Promise<Breach | undefined> {
  const threads = members.reduce((sum, member) => sum + member.threads, 0)
  if (threads > share.processLimit) return 'processes'
  const limit = share.memoryLimitBytes
  if (members.reduce((sum, member) => sum + member.residentPages * PAGE_BYTES, 0) <= limit) return undefined
  // Pages that several processes share were counted for each: now exactly, which takes longer.
  const shares = await Promise.all(members.map(proportionalBytes))
  return shares.reduce((sum, bytes) => sum + bytes, 0) > limit ? 'memory' : undefined
}

const PAGE_BYTES = 4096

/** `Pss:  1234 kB` */
async function proportionalBytes({ pid, residentPages }: Member): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(text) ?? []
  return kilobytes === undefined ? residentPages * PAGE_BYTES : Number(kilobytes) * 1024
}

const pidOf = (member: Member) => member.pid

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
