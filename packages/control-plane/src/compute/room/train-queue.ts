import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostPlan, Share } from '@sagebrush/agent'
import type { HostGroup } from '../compute.ts'
import { hostFolders, hostState, readPlan } from '../host-folder.ts'
import type { MachineFacts } from './machine.ts'
import { admitted, type Free, type Waiting } from './queue.ts'
import { atMost, less, noRoom, type Room, together } from './room.ts'
import type { Size } from './size.ts'

/** How a machine is shared out among the groups that train. */
export interface Sharing {
  readonly machine: MachineFacts
  readonly sizeOf: (instanceType: string) => Size
}

export interface TrainQueueOptions {
  /** Holds one folder per group of hosts. */
  readonly directory: string
  readonly maxTrainGroups: number
  readonly sharing?: Sharing
}

/** Bounds a program that forks without end, and no other: TensorFlow with its loaders has some hundred. */
const PROCESS_LIMIT = 4096

const boundless: Room = {
  cpus: Number.POSITIVE_INFINITY,
  memoryBytes: Number.POSITIVE_INFINITY,
  gpus: Number.POSITIVE_INFINITY,
}

/**
 * Who may train now and who waits. What is taken stands in the plans of the groups that run, which outlive this
 * process; who waits asks again after a new start.
 */
export class TrainQueue {
  readonly #options: TrainQueueOptions
  #waiting: readonly Waiting[] = []

  constructor(options: TrainQueueOptions) {
    this.#options = options
  }

  /** The share of each host of a group that may start; hosts that do not train have none, and never wait. */
  async enter(group: HostGroup): Promise<readonly (Share | undefined)[] | 'full'> {
    if (!group.hosts.some(isTraining)) return group.hosts.map(() => undefined)
    const others = this.#waiting.filter(({ id }) => id !== group.id)
    const taken = await this.#taken()
    const place = this.#waiting.findIndex(({ id }) => id === group.id)
    const waiting = { id: group.id, createdAt: group.createdAt, share: this.#shareOf(group) }
    const all = place < 0 ? [...others, waiting] : this.#waiting.with(place, waiting)
    if (admitted(all, this.#free(taken)).includes(group.id)) return this.#shares(group, taken)
    this.#waiting = all
    return 'full'
  }

  leave(group: string): void {
    this.#waiting = this.#waiting.filter(({ id }) => id !== group)
  }

  /** Those that wait and may start now, the oldest first. */
  async admitted(): Promise<readonly string[]> {
    return this.#waiting.length === 0 ? [] : admitted(this.#waiting, this.#free(await this.#taken()))
  }

  /** A group that asks for more than there is gets all of it, and runs alone. */
  #shareOf(group: HostGroup): Room {
    const { sharing } = this.#options
    if (!sharing) return noRoom
    const shares = group.hosts.filter(isTraining).map((plan) => sharing.sizeOf(plan.instanceType).share)
    return atMost(together(shares), sharing.machine.room)
  }

  #free(taken: readonly Taken[]): Free {
    const whole = this.#options.sharing?.machine.room ?? boundless
    const room = less(whole, together(taken.map((group) => group.room)))
    return { room, groups: this.#options.maxTrainGroups - taken.length }
  }

  #shares(group: HostGroup, taken: readonly Taken[]): readonly (Share | undefined)[] {
    const { sharing } = this.#options
    if (!sharing) return group.hosts.map(() => undefined)
    const used = new Set(taken.flatMap((other) => other.gpus))
    const free = sharing.machine.gpus.filter((id) => !used.has(id))
    return group.hosts.map((plan) => {
      if (!isTraining(plan)) return undefined
      const { share, memoryLimitBytes } = sharing.sizeOf(plan.instanceType)
      const own = free.splice(0, share.gpus)
      const gpus = sharing.machine.gpus.length === 0 ? {} : { gpus: own }
      return { cpus: share.cpus, memoryLimitBytes, processLimit: PROCESS_LIMIT, ...gpus }
    })
  }

  /** What each group that trains has now. */
  async #taken(): Promise<readonly Taken[]> {
    const names = (await readdir(this.#options.directory)).filter((name) => !name.startsWith('.'))
    const taken = await Promise.all(names.map((name) => this.#takenBy(join(this.#options.directory, name))))
    return taken.filter((group) => group !== undefined)
  }

  async #takenBy(folder: string): Promise<Taken | undefined> {
    const hosts = (await hostFolders(folder)) ?? []
    const states = await Promise.all(hosts.map(hostState))
    if (!states.some((state) => state.phase === 'starting' || state.phase === 'running')) return undefined
    const plans = (await Promise.all(hosts.map(readPlan))).filter((plan) => plan !== undefined)
    const training = plans.filter(isTraining)
    if (training.length === 0) return undefined
    const { sharing } = this.#options
    const sizes = sharing ? training.map((plan) => sharing.sizeOf(plan.instanceType).share) : []
    const room = sharing ? atMost(together(sizes), sharing.machine.room) : noRoom
    return { room, gpus: training.flatMap((plan) => plan.share?.gpus ?? []) }
  }
}

interface Taken {
  readonly room: Room
  readonly gpus: readonly string[]
}

const isTraining = (plan: HostPlan) => plan.kind === 'train'
