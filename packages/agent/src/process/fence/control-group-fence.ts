import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { hasCode } from '../../error-code.ts'
import type { Share } from '../../plan/host-plan.ts'
import { findHierarchies, type Hierarchy } from './control-groups.ts'
import type { Breach, Fence, FenceOptions } from './fence.ts'

const KILL_LIMIT_MILLISECONDS = 10_000

/** A fence of control groups; undefined where none that limits memory can be made. */
export async function controlGroupFence(
  share: Share,
  { name, note }: FenceOptions,
  found?: readonly Hierarchy[],
): Promise<Fence | undefined> {
  const usable = (found ?? (await findHierarchies())).filter(
    (hierarchy) => settingsOf(hierarchy, share).length > 0,
  )
  await note(usable.flatMap(({ parents }) => parents.map((parent) => join(parent, name))))
  const groups: Group[] = []
  for (const hierarchy of usable) {
    const group = await makeGroup(hierarchy, share, name)
    if (group) groups.push(group)
  }
  const fence = fenceOf(groups)
  if (groups.some((group) => group.limits.includes('memory'))) return fence
  await fence[Symbol.asyncDispose]()
  return undefined
}

interface Group {
  readonly directory: string
  readonly limits: readonly Limited[]
}

type Limited = 'memory' | 'processes' | 'cpus'

interface Setting {
  readonly limits: Limited
  readonly file: string
  readonly value: string
  /** The group does without where the kernel has no such file. */
  readonly isOptional?: true
}

/** What is written into a group's files. Source: the kernel's cgroup-v2.rst and cgroup-v1/. */
function settingsOf({ version, controllers }: Hierarchy, share: Share): readonly Setting[] {
  const memory = String(Math.floor(share.memoryLimitBytes))
  const processes = String(share.processLimit)
  if (version === 2) {
    return [
      { limits: 'memory', file: 'memory.max', value: memory },
      { limits: 'memory', file: 'memory.swap.max', value: '0', isOptional: true },
      { limits: 'processes', file: 'pids.max', value: processes, isOptional: true },
      { limits: 'cpus', file: 'cpu.weight', value: weight(share.cpus, 100), isOptional: true },
    ]
  }
  return [
    { limits: 'memory', file: 'memory.limit_in_bytes', value: memory },
    { limits: 'memory', file: 'memory.memsw.limit_in_bytes', value: memory, isOptional: true },
    { limits: 'processes', file: 'pids.max', value: processes },
    { limits: 'cpus', file: 'cpu.shares', value: weight(share.cpus, 1024) },
  ].filter(({ file }) => controllers.includes(file.split('.')[0] ?? '')) as Setting[]
}

const weight = (cpus: number, ofOne: number) =>
  String(Math.max(2, Math.min(10_000, Math.round(cpus * ofOne))))

async function makeGroup(hierarchy: Hierarchy, share: Share, name: string): Promise<Group | undefined> {
  for (const parent of hierarchy.parents) {
    const directory = join(parent, name)
    try {
      if (hierarchy.version === 2) await handOn(parent)
      await mkdir(directory)
    } catch {
      // Not ours to make groups in: the next parent may be.
      continue
    }
    const limits = await limit(directory, settingsOf(hierarchy, share))
    if (limits) return { directory, limits }
    await rmdir(directory).catch(() => {})
  }
  return undefined
}

/** Version 2 controls a group only by what its parent hands on. What it hands on already is refused by nobody. */
async function handOn(parent: string): Promise<void> {
  const file = join(parent, 'cgroup.subtree_control')
  const handed = (await readFile(file, 'utf8')).split(/\s+/)
  for (const controller of ['memory', 'pids', 'cpu']) {
    if (!handed.includes(controller)) await writeFile(file, `+${controller}`).catch(() => {})
  }
}

async function limit(directory: string, settings: readonly Setting[]): Promise<Limited[] | undefined> {
  const limits: Limited[] = []
  for (const { limits: what, file, value, isOptional } of settings) {
    const isSet = await writeFile(join(directory, file), value, { flag: 'r+' }).then(
      () => true,
      () => false,
    )
    if (isSet) limits.push(what)
    else if (!isOptional) return undefined
  }
  return limits
}

function fenceOf(groups: readonly Group[]): Fence {
  return {
    async admit(pid) {
      for (const { directory } of groups) await writeFile(join(directory, 'cgroup.procs'), String(pid))
    },
    async breach() {
      for (const { directory, limits } of groups) {
        if (limits.includes('memory') && (await hasKilled(directory))) return 'memory' satisfies Breach
        if (limits.includes('processes') && (await countIn(directory, 'pids.events', 'max')) > 0)
          return 'processes'
      }
      return undefined
    },
    async [Symbol.asyncDispose]() {
      for (const { directory } of groups) await remove(directory)
    },
  }
}

/** `oom_kill 2`: in `memory.events`, and in version 1 in `memory.oom_control`. */
async function hasKilled(directory: string): Promise<boolean> {
  const counts = ['memory.events', 'memory.oom_control'].map((file) => countIn(directory, file, 'oom_kill'))
  return (await Promise.all(counts)).some((count) => count > 0)
}

async function countIn(directory: string, file: string, name: string): Promise<number> {
  const text = await readFile(join(directory, file), 'utf8').catch(() => '')
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

/** Kills what runs in it and below, and removes it. What cannot be removed is left to whoever clears the host away. */
async function remove(directory: string): Promise<void> {
  const deadline = Date.now() + KILL_LIMIT_MILLISECONDS
  while (Date.now() < deadline) {
    const listed = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '')
    const pids = listed.split('\n').filter(Boolean).map(Number)
    for (const pid of pids) kill(pid)
    if (pids.length === 0 && (await removeEmpty(directory))) return
    await delay(10)
  }
}

async function removeEmpty(directory: string): Promise<boolean> {
  try {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) await remove(join(directory, entry.name))
    }
    await rmdir(directory)
    return true
  } catch (error) {
    return hasCode(error, 'ENOENT')
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
