import type { FileHandle } from 'node:fs/promises'
import { ResourceNotFoundException } from '@sagebrush/api'
import { type Block, BlockIndex } from './block-index.ts'
import { decodeEvent, type EventLine, eachLine, encodeEvents, timestampAt } from './event-line.ts'
import type { FilePool } from './file-pool.ts'
import { appendAt, readAt, readFirstLine, type StreamHeader, wholeBytes } from './stream-file.ts'

/** An event's place in its stream's file: stable, and in order of arrival. */
export interface PlacedLine {
  readonly timestamp: number
  readonly offset: number
  /** To be decoded when it is wanted. */
  readonly line: Uint8Array
}

/** Undefined where no event is. `last` is that of the newest line unless an older time follows a newer one. */
export interface StreamEdges {
  readonly first?: number
  readonly last?: number
  readonly ingested?: number
}

export const noSuchStream = () => ResourceNotFoundException('The specified log stream does not exist.')

const scanBytes = 1024 * 1024

/**
 * One log stream: an append-only file. Appends are done one after another, and are whole or not there: what a crash
 * has cut short is taken away when the stream is next used.
 */
export class LogStream {
  readonly name: string
  readonly path: string
  readonly #pool: FilePool
  /** Of the last write, also before the stream was first used here. */
  #writtenAt: number
  #bytes: number
  #opening: Promise<StreamHeader> | undefined
  #edges: StreamEdges = {}
  #firstOffset = 0
  #indexing: Promise<BlockIndex> | undefined
  #index: BlockIndex | undefined
  #appends: Promise<unknown> = Promise.resolve()
  #gone = false

  constructor(file: { name: string; path: string; bytes: number; writtenAt: number }, pool: FilePool) {
    this.name = file.name
    this.path = file.path
    this.#bytes = file.bytes
    this.#writtenAt = file.writtenAt
    this.#pool = pool
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Milliseconds; no event here was written later. */
  get writtenAt(): number {
    return this.#writtenAt
  }

  async header(): Promise<StreamHeader> {
    this.#opening ??= this.#use((handle) => this.#open(handle))
    return this.#opening.catch((error) => {
      this.#opening = undefined
      throw error
    })
  }

  async edges(): Promise<StreamEdges> {
    await this.header()
    return this.#edges
  }

  /** Resolves once the lines are in the file: kill -9 cannot lose them, and the disk has them within a second. */
  async append(events: readonly EventLine[]): Promise<void> {
    const bytes = encodeEvents(events)
    const work = this.#appends.then(() => this.#append(events, bytes))
    // The next append starts anew, whatever became of this one.
    this.#appends = work.catch(() => {})
    return work
  }

  /** Every stretch of the file, in the order of the file. The first call after a start reads the file once. */
  async blocks(signal: AbortSignal): Promise<readonly Block[]> {
    await this.header()
    this.#indexing ??= this.#scan()
    const index = await this.#indexing.catch((error) => {
      this.#indexing = undefined
      throw error
    })
    signal.throwIfAborted()
    return index.blocks
  }

  async read(block: Block): Promise<PlacedLine[]> {
    const { start, end } = block
    const bytes = await this.#use((handle) => readAt(handle, start, end - start))
    const lines: PlacedLine[] = []
    eachLine(bytes, (from, to) => {
      lines.push({
        timestamp: timestampAt(bytes, from),
        offset: start + from,
        line: bytes.subarray(from, to),
      })
    })
    return lines
  }

  /** Lets go of the file, which is about to be removed: from now on every use throws ResourceNotFoundException. */
  discard(): void {
    this.#gone = true
    this.#pool.forget(this.path)
  }

  async #use<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    if (this.#gone) throw noSuchStream()
    return this.#pool.use(this.path, work)
  }

  async #open(handle: FileHandle): Promise<StreamHeader> {
    const { size } = await handle.stat()
    const { header, end } = await readFirstLine(handle)
    const whole = await wholeBytes(handle, { start: end, end: size })
    if (whole.end < size) await handle.truncate(whole.end)
    this.#firstOffset = end
    this.#bytes = whole.end
    if (whole.last) {
      const first = await readAt(handle, end, Math.min(64, whole.end - end))
      const last = decodeEvent(whole.last)
      this.#edges = { first: timestampAt(first, 0), last: last.timestamp, ingested: last.ingestionTime }
    }
    return header
  }

  async #append(events: readonly EventLine[], bytes: Uint8Array): Promise<void> {
    await this.header()
    const start = this.#bytes
    await this.#use((handle) => appendAt(handle, start, bytes))
    this.#pool.written(this.path)
    const index = this.#index
    if (index) eachLine(bytes, (from, to) => index.add(timestampAt(bytes, from), start + from, start + to))
    this.#widen(events)
    this.#bytes = start + bytes.length
  }

  #widen(events: readonly EventLine[]): void {
    let { first = Number.POSITIVE_INFINITY, last = Number.NEGATIVE_INFINITY, ingested = 0 } = this.#edges
    for (const { timestamp, ingestionTime } of events) {
      if (timestamp < first) first = timestamp
      if (timestamp > last) last = timestamp
      ingested = ingestionTime
      if (ingestionTime > this.#writtenAt) this.#writtenAt = ingestionTime
    }
    this.#edges = { first, last, ingested }
  }

  /** Appends go on meanwhile; the index takes over at the moment it has caught up with them. */
  async #scan(): Promise<BlockIndex> {
    const index = new BlockIndex()
    let offset = this.#firstOffset
    let want = scanBytes
    while (offset < this.#bytes) {
      const length = Math.min(want, this.#bytes - offset)
      const start = offset
      const bytes = await this.#use((handle) => readAt(handle, start, length))
      if (bytes.length < length) throw new Error(`${this.path} is shorter than it was`)
      const rest = eachLine(bytes, (from, to) =>
        index.add(timestampAt(bytes, from), start + from, start + to),
      )
      // A line may be longer than what was read.
      want = rest === 0 ? want * 2 : scanBytes
      offset += rest
    }
    this.#index = index
    return index
  }
}
