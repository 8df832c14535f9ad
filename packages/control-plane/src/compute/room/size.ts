import { type InstanceFacts, instanceFacts } from './instance-type.ts'
import type { Room } from './room.ts'

/** What a host of one instance type may take of this machine. */
export interface Size {
  /** What is kept for it, as others wait for it. */
  readonly share: Room
  /** More than this is taken from it by force. */
  readonly memoryLimitBytes: number
}

/** Instance types as somebody wants them on this machine, by name; `default` stands for all others. */
export type InstanceTypes = Readonly<Record<string, InstanceFacts>>

const GiB = 2 ** 30

/**
 * An instance of AWS's is large beside a small machine, and what runs on it seldom needs all of it: so a quarter of its
 * processors and of its memory is kept for it, no less than half a processor. The rest it may use while nobody else
 * does, memory up to what the instance has. GPUs are not divided.
 */
const KEPT = 1 / 4
const LEAST_CPUS = 0.5

/** The size of a type on a machine: never more than the machine has. `given` is taken literally, not by the quarter. */
export function sizeOf(instanceType: string, machine: Room, given: InstanceTypes = {}): Size {
  const own = Object.hasOwn(given, instanceType) ? given[instanceType] : given.default
  const { cpus, memoryGiB, gpus } = own ?? instanceFacts(instanceType)
  const part = own ? 1 : KEPT
  return {
    share: {
      cpus: Math.min(own ? cpus : Math.max(cpus * part, LEAST_CPUS), machine.cpus),
      memoryBytes: Math.min(memoryGiB * GiB * part, machine.memoryBytes),
      gpus: Math.min(gpus, machine.gpus),
    },
    memoryLimitBytes: Math.min(memoryGiB * GiB, machine.memoryBytes),
  }
}
