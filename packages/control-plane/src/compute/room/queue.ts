import { fits, less, type Room } from './room.ts'

/** What waits for room: all of its hosts together. */
export interface Waiting {
  readonly id: string
  readonly createdAt: Date
  readonly share: Room
}

/** What is free: room, and how many more groups may run at a time. */
export interface Free {
  readonly room: Room
  readonly groups: number
}

/**
 * The ids of those that may start now, the oldest first. Nobody overtakes: behind one that does not fit all wait, so
 * that small jobs cannot keep a large one from ever starting.
 */
export function admitted(waiting: readonly Waiting[], { room, groups }: Free): readonly string[] {
  const inOrder = byAge(waiting).slice(0, Math.max(0, groups))
  const ids: string[] = []
  let free = room
  for (const { id, share } of inOrder) {
    if (!fits(share, free)) break
    free = less(free, share)
    ids.push(id)
  }
  return ids
}

/** Stable: groups of the same millisecond keep the order in which they came. */
function byAge(waiting: readonly Waiting[]): readonly Waiting[] {
  return [...waiting].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
}
