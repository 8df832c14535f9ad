import type { Block } from './block-index.ts'
import { decodeEvent, type EventLine } from './event-line.ts'
import type { LogStream, PlacedLine } from './log-stream.ts'

/** Where an event stands among those of several streams: by time, then by stream, then by arrival. */
export interface Position {
  readonly timestamp: number
  readonly stream: string
  readonly offset: number
}

export interface Selection {
  readonly streams: readonly LogStream[]
  readonly direction: 'forward' | 'backward'
  /** Exclusive: the first event answered is the next one in this direction. */
  readonly beyond?: Position | undefined
  /** Milliseconds, both inclusive. */
  readonly earliest: number
  readonly latest: number
  readonly limit: number
  /** Of the events as they lie in the files; one event is always answered. */
  readonly limitBytes: number
  /** How much to read for an answer: a filter may match nothing for gigabytes. */
  readonly scanLimitBytes: number
  /** Without one, every message does. */
  readonly matches?: ((message: string) => boolean) | undefined
  readonly signal: AbortSignal
}

export interface SelectedEvent extends Position, EventLine {}

export interface Selected {
  /** In order of position, whatever the direction. */
  readonly events: readonly SelectedEvent[]
  /** To go on beyond; undefined when nothing is left in this direction. */
  readonly next: Position | undefined
}

/**
 * The next events in one direction. Blocks are read in the order of their nearest time, and merged where they overlap;
 * so it takes one or two blocks to find the newest lines of a long stream.
 */
export async function selectEvents(selection: Selection): Promise<Selected> {
  const page = new Page(selection)
  let scanned = 0
  let next: Position | undefined
  for (const candidate of await candidates(selection)) {
    const horizon = horizonOf(candidate, selection.direction)
    if (page.isSettledBefore(horizon)) {
      next = page.last
      break
    }
    if (scanned >= selection.scanLimitBytes && page.leaveBeyond(horizon)) {
      next = horizon
      break
    }
    scanned += candidate.block.end - candidate.block.start
    page.add(candidate.stream.name, await candidate.stream.read(candidate.block))
    selection.signal.throwIfAborted()
  }
  const events = page.events()
  return { events, next: next ?? (page.overflowed ? page.last : undefined) }
}

interface Candidate {
  readonly stream: LogStream
  readonly block: Block
}

async function candidates(selection: Selection): Promise<Candidate[]> {
  const { direction, beyond, earliest, latest, signal } = selection
  const from = direction === 'forward' ? Math.max(earliest, beyond?.timestamp ?? 0) : earliest
  const to = direction === 'backward' ? Math.min(latest, beyond?.timestamp ?? latest) : latest
  const found: Candidate[] = []
  for (const stream of selection.streams) {
    if (stream.writtenAt + aheadMillis < from) continue
    for (const block of await stream.blocks(signal)) {
      if (block.lastTimestamp >= from && block.firstTimestamp <= to)
        found.push({ stream, block: { ...block } })
    }
  }
  return found.sort((a, b) => inDirection(direction, horizonOf(a, direction), horizonOf(b, direction)))
}

/** An event may be stamped this much later than it arrives. Source: PutLogEvents, "more than 2 hours in the future". */
const aheadMillis = 2 * 60 * 60 * 1000

/** No event of the candidate stands nearer than this. */
function horizonOf({ block }: Candidate, direction: Selection['direction']): Position {
  return direction === 'forward'
    ? { timestamp: block.firstTimestamp, stream: '', offset: -1 }
    : { timestamp: block.lastTimestamp + 1, stream: '', offset: -1 }
}

function comparePositions(a: Position, b: Position): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1
  return a.offset - b.offset
}

function inDirection(direction: Selection['direction'], a: Position, b: Position): number {
  return direction === 'forward' ? comparePositions(a, b) : comparePositions(b, a)
}

interface FoundLine extends Position {
  readonly line: Uint8Array
}

/** The nearest events found so far, at most as many as the answer may hold. */
class Page {
  readonly #selection: Selection
  #found: FoundLine[] = []
  /** The nearest event that there was no room for: nothing from there on belongs to this answer. */
  #bound: Position | undefined

  constructor(selection: Selection) {
    this.#selection = selection
  }

  get overflowed(): boolean {
    return this.#bound !== undefined
  }

  get last(): Position | undefined {
    const last = this.#found.at(-1)
    return last && { timestamp: last.timestamp, stream: last.stream, offset: last.offset }
  }

  /** Whether the answer is full, and nothing at or beyond the horizon can get into it. */
  isSettledBefore(horizon: Position): boolean {
    const { last } = this
    if (!last || !(this.overflowed || this.#found.length === this.#selection.limit)) return false
    return this.#compare(last, horizon) < 0
  }

  /** Drops what stands beyond the horizon; false, and nothing done, where the next answer would begin where this one does. */
  leaveBeyond(horizon: Position): boolean {
    const { beyond } = this.#selection
    if (beyond && this.#compare(horizon, beyond) <= 0) return false
    this.#found = this.#found.filter((found) => this.#compare(found, horizon) < 0)
    return true
  }

  add(stream: string, lines: readonly PlacedLine[]): void {
    const fresh = lines
      .map(({ timestamp, offset, line }): FoundLine => ({ timestamp, offset, line, stream }))
      .filter((found) => this.#isWanted(found))
    if (this.#selection.direction === 'backward') fresh.reverse()
    const { last } = this
    const [first] = fresh
    this.#found = this.#found.concat(fresh)
    if (last && first && this.#compare(last, first) > 0) this.#found.sort((a, b) => this.#compare(a, b))
    this.#cut()
  }

  events(): SelectedEvent[] {
    const events = this.#found.map(({ stream, offset, line }) => ({ stream, offset, ...decodeEvent(line) }))
    return this.#selection.direction === 'backward' ? events.reverse() : events
  }

  #isWanted(found: FoundLine): boolean {
    const { beyond, earliest, latest, matches } = this.#selection
    if (found.timestamp < earliest || found.timestamp > latest) return false
    if (beyond && this.#compare(found, beyond) <= 0) return false
    if (this.#bound && this.#compare(found, this.#bound) >= 0) return false
    return !matches || matches(decodeEvent(found.line).message)
  }

  #cut(): void {
    let bytes = 0
    let count = 0
    for (const { line } of this.#found) {
      bytes += line.length
      if (count > 0 && (count === this.#selection.limit || bytes > this.#selection.limitBytes)) break
      count++
    }
    this.#bound = this.#found[count] ?? this.#bound
    this.#found = this.#found.slice(0, count)
  }

  #compare(a: Position, b: Position): number {
    return inDirection(this.#selection.direction, a, b)
  }
}
