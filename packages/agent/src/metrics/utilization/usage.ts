import { listProcesses, memoryBytes, type RunningProcess, withDescendants } from '../../process/processes.ts'

/** What programs take of their machine. */
export interface Usage {
  /** Of all so far, those that have ended among them. */
  readonly cpuSeconds: number
  /** 0 when none runs. */
  readonly memoryBytes: number
}

/** Undefined where there is nothing to see: outside of Linux, before a program is there. Never rejects. */
export type Meter = () => Promise<Usage | undefined>

const CPU_TICKS_OF_SECOND = 100

/** Of the programs that this process has started. */
export const ownPrograms: Meter = async () => {
  const own = withDescendants(await listProcesses(), ({ pid }) => pid === process.pid)
  const agent = own.find(({ pid }) => pid === process.pid)
  if (agent === undefined) return undefined
  return usageOf(
    own.filter((each) => each !== agent),
    agent.childrenTicks,
  )
}

/** Of a process, wherever it comes from, and what it has started; `find` is asked until it knows the process. */
export function programsOf(find: () => Promise<number | undefined>): Meter {
  let root: number | undefined
  return async () => {
    root ??= await find().catch(() => undefined)
    if (root === undefined) return undefined
    const members = withDescendants(await listProcesses(), ({ pid }) => pid === root)
    return members.length === 0 ? undefined : usageOf(members, 0)
  }
}

async function usageOf(programs: readonly RunningProcess[], endedTicks: number): Promise<Usage> {
  const ticks = programs.reduce((sum, each) => sum + each.ownTicks + each.childrenTicks, endedTicks)
  return { cpuSeconds: ticks / CPU_TICKS_OF_SECOND, memoryBytes: await memoryBytes(programs) }
}
