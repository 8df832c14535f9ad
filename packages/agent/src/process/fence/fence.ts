import type { Share } from '../../plan/host-plan.ts'
import { controlGroupFence } from './control-group-fence.ts'
import { watchFence } from './watch-fence.ts'

/** Why a fence has killed: too much memory, or too many processes. */
export type Breach = 'memory' | 'processes'

/** Holds a program, with all that it starts, to its share of the machine. */
export interface Fence extends AsyncDisposable {
  /** Lets a process in that has not begun yet; what it starts is inside as well. */
  admit(pid: number): Promise<void>
  /** What was breached so far, if anything was. */
  breach(): Promise<Breach | undefined>
  /** Kills what still runs inside. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface FenceOptions {
  /** Of the machine, unique: letters, digits, `-`. */
  readonly name: string
  /** Told, before they are made, of the folders of control groups, which are to be removed should this process die. */
  readonly note: (controlGroups: readonly string[]) => Promise<void>
}

/** The best fence that the machine allows: control groups, else a look at the processes once a second. */
export async function openFence(share: Share, options: FenceOptions): Promise<Fence> {
  const groups = await controlGroupFence(share, options)
  if (groups === undefined) return watchFence(share)
  let watch: Fence | undefined
  return {
    async admit(pid) {
      try {
        await groups.admit(pid)
      } catch {
        // Groups may be made in places where processes of ours may not be moved to.
        watch ??= watchFence(share)
        await watch.admit(pid)
      }
    },
    breach: async () => (await groups.breach()) ?? watch?.breach(),
    async [Symbol.asyncDispose]() {
      await watch?.[Symbol.asyncDispose]()
      await groups[Symbol.asyncDispose]()
    },
  }
}

/** No limits. */
export const noFence: Fence = {
  admit: async () => {},
  breach: async () => undefined,
  [Symbol.asyncDispose]: async () => {},
}

/** `the job needed more than its 8.0 GiB of memory`, for a FailureReason. */
export function breachText(breach: Breach, { memoryLimitBytes, processLimit }: Share): string {
  return breach === 'memory'
    ? `OutOfMemory: the program needed more than its ${(memoryLimitBytes / 2 ** 30).toFixed(1)} GiB of memory`
    : `the program had more than its ${processLimit} processes and threads`
}
