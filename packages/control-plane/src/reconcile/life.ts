import type { Collection } from '../store/collection.ts'

/** Nothing to do until something changes, or until the given moment. */
export interface Wait {
  readonly do: 'wait'
  readonly until?: Date
}

/** How records of one kind live: what is seen of them, what comes next, and how that is done. */
export interface Life<T extends { readonly name: string }, Seen, Step extends { readonly do: string }> {
  /** For log lines: `training job`. */
  readonly kind: string
  readonly records: Collection<T>
  /** Nothing will ever have to be done for this record again, unless somebody changes it. */
  settled(record: T): boolean
  /** Where records compete, the lower goes first after a restart. */
  age(record: T): Date
  inspect(record: T): Promise<Seen>
  /** Pure. */
  nextStep(record: T, seen: Seen, now: Date): Step | Wait
  /**
   * Does the step and writes down what came of it. Idempotent: after a crash anywhere inside, the same step comes again.
   * `moved`: look at the record again at once; `blocked`: not before something changes; a wait: nor before its moment.
   */
  act(record: T, step: Step, signal: AbortSignal): Promise<'moved' | 'blocked' | Wait>
}
