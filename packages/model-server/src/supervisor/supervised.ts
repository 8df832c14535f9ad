/** What a serving process tells once it serves. */
export interface ReadyMessage {
  /** Flags that give a successor the same ports. */
  readonly portFlags: readonly string[]
}

/** Tells whoever supervises this process that it serves, and resolves once that is sent. Without one nothing happens. */
export function tellSupervisor(message: ReadyMessage): Promise<void> {
  if (!process.send) return Promise.resolve()
  // A supervisor that has gone is noticed by others.
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()))
}
