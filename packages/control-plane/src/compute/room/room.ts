/** An amount of a machine. */
export interface Room {
  readonly cpus: number
  readonly memoryBytes: number
  readonly gpus: number
}

export const noRoom: Room = { cpus: 0, memoryBytes: 0, gpus: 0 }

/** Nothing of nothing. */
export function together(rooms: readonly Room[]): Room {
  return rooms.reduce((sum, room) => combine(sum, room, (a, b) => a + b), noRoom)
}

/** What is left; less than nothing where more is taken than there is. */
export function less(whole: Room, taken: Room): Room {
  return combine(whole, taken, (a, b) => a - b)
}

/** No more of anything than the machine has: what asks for more gets all of it. */
export function atMost(room: Room, whole: Room): Room {
  return combine(room, whole, Math.min)
}

/** Whether there is enough of everything. */
export function fits(room: Room, free: Room): boolean {
  return room.cpus <= free.cpus && room.memoryBytes <= free.memoryBytes && room.gpus <= free.gpus
}

function combine(a: Room, b: Room, by: (a: number, b: number) => number): Room {
  return { cpus: by(a.cpus, b.cpus), memoryBytes: by(a.memoryBytes, b.memoryBytes), gpus: by(a.gpus, b.gpus) }
}
