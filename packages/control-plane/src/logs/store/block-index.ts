/** A stretch of a stream's file whose lines are whole and in order of time. */
export interface Block {
  readonly start: number
  end: number
  readonly firstTimestamp: number
  lastTimestamp: number
}

/** Small enough to read one for the sake of its last line. */
const blockBytes = 64 * 1024

/**
 * Where the times of a stream lie in its file. Events arrive in order within a batch, and nearly always between
 * batches; where one goes back in time, a new block begins, and readers merge.
 */
export class BlockIndex {
  readonly #blocks: Block[] = []

  get blocks(): readonly Block[] {
    return this.#blocks
  }

  /** Lines are added in the order of the file. */
  add(timestamp: number, start: number, end: number): void {
    const last = this.#blocks.at(-1)
    if (last && timestamp >= last.lastTimestamp && last.end - last.start < blockBytes) {
      last.end = end
      last.lastTimestamp = timestamp
    } else {
      this.#blocks.push({ start, end, firstTimestamp: timestamp, lastTimestamp: timestamp })
    }
  }
}
