import { readdir, readFile } from 'node:fs/promises'

export interface RunningProcess {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly threads: number
  readonly residentPages: number
  /** Processor time in hundredths of a second. */
  readonly ownTicks: number
  /** The same of children that have ended and were waited for. */
  readonly childrenTicks: number
}

/** All processes of this machine but zombies. Linux only; elsewhere there are none. */
export async function listProcesses(): Promise<readonly RunningProcess[]> {
  const names = await readdir('/proc').catch(() => [])
  const all = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess))
  return all.filter((each) => each !== undefined)
}

/** Those that are roots, and what descends from them. */
export function withDescendants(
  all: readonly RunningProcess[],
  isRoot: (process: RunningProcess) => boolean,
): readonly RunningProcess[] {
  const inside = new Set(all.filter(isRoot).map(({ pid }) => pid))
  // Parents may stand after their children in the list.
  for (let before = -1; before < inside.size; ) {
    before = inside.size
    for (const { pid, parent } of all) if (inside.has(parent)) inside.add(pid)
  }
  return all.filter(({ pid }) => inside.has(pid))
}

/** Memory of processes together; pages that several share are counted for each. */
export const residentBytes = (members: readonly RunningProcess[]): number =>
  members.reduce((sum, { residentPages }) => sum + residentPages * PAGE_BYTES, 0)

/** The same with shared pages counted once, which takes longer. */
export async function memoryBytes(members: readonly RunningProcess[]): Promise<number> {
  const shares = await Promise.all(members.map(proportionalBytes))
  return shares.reduce((sum, bytes) => sum + bytes, 0)
}

const PAGE_BYTES = 4096

/** `4711 (node) S 1 4711 4711 …`; the name may hold blanks and brackets. Source: proc(5). */
async function readProcess(name: string): Promise<RunningProcess | undefined> {
  const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 22 || fields[0] === 'Z') return undefined
  const number = (index: number) => Number(fields[index])
  return {
    pid: Number(name),
    parent: number(1),
    group: number(2),
    session: number(3),
    threads: number(17),
    residentPages: number(21),
    ownTicks: number(11) + number(12),
    childrenTicks: number(13) + number(14),
  }
}

/** `Pss:  1234 kB` */
async function proportionalBytes({ pid, residentPages }: RunningProcess): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(text) ?? []
  return kilobytes === undefined ? residentPages * PAGE_BYTES : Number(kilobytes) * 1024
}
