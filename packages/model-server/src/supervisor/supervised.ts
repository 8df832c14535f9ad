/** What a serving process tells once it serves. */
export interface ReadyMessage {
  /** Flags that give a successor the same ports. */
  readonly portFlags: readonly string[]
}

/** Tells whoever supervises this process that it serves. Without a supervisor nothing happens. */
export function tellSupervisor(message: ReadyMessage): void {
  process.send?.(message)
}
