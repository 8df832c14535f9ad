import { byteWidth, type NumericDType } from '../../../tensor.ts'
import { levelSpans, memory, outputStart, scan, state, textStart, windowBytes } from './number-scanner.ts'

/** What the scanner stores; other dtypes take the exact decoder's way. */
const modes = {
  float32: 0,
  float64: 1,
  int32: 2,
  uint8: 3,
  int8: 4,
  int16: 5,
  uint16: 6,
  uint32: 7,
  int64: 8,
} as const
type ScannedDType = keyof typeof modes

/**
 * What surrounds the numbers, as the count of outer levels that are written without brackets. `lines`: a list on each
 * line, [a, b] ⏎ [c, d]. `csv`: a, b ⏎ c, d. Lines that are empty count for nothing; no value goes over a line's end.
 */
const framings = { json: 0, lines: 1, csv: 2 } as const
type Framing = keyof typeof framings

export const isScanned = (dtype: NumericDType | 'string' | undefined): dtype is ScannedDType =>
  dtype !== undefined && dtype in modes

export interface NumberList {
  readonly shape: readonly number[]
  readonly data: Uint8Array
  /** Offset after the value. */
  readonly end: number
}

const isMore = 0
const isRefused = 2
/** Most lists end in it, and those that do not tell by it how large they will be. */
const firstWindowBytes = 16 * 1024
/** A larger guess is not trusted, and grows as the numbers come. */
const largestGuessBytes = 256 * 1024 * 1024
/** Shorter copies are quicker byte by byte than by a call. */
const shortBytes = 64

/**
 * Reads a number, or a dense list of lists of numbers, in one pass from text to a tensor's memory.
 * Undefined for whatever is not plainly that (an error, an empty list, NaN, a number out of range, uneven lists, a
 * number of more than 16 KB): the exact decoder then says what it is. A float is the nearest double of its text,
 * rounded to the dtype. With `lines` and `csv` everything up to the end of the source is read; `start` is where the
 * first line's text is.
 */
export function scanNumbers(
  source: Buffer,
  start: number,
  dtype: ScannedDType,
  framing: Framing = 'json',
): NumberList | undefined {
  const width = byteWidth[dtype]
  let beginning = modes[dtype] + 16 * framings[framing]
  let end = start
  let data: Buffer | undefined
  let written = 0
  for (let size = firstWindowBytes; ; size = windowBytes) {
    const length = Math.max(0, Math.min(size, source.length - end))
    copy(source, end, length, memory, textStart)
    const status = scan(length, end + length >= source.length ? 1 : 0, beginning)
    beginning = -1
    if (status === isRefused) return undefined
    end += state[0] ?? 0
    const total = (state[1] ?? 0) * width
    if (!data && status !== isMore) data = Buffer.allocUnsafe(total)
    else if (!data || data.length < total) {
      data = larger(data, written, guess(total, (source.length - start) / (end - start)))
    }
    copy(memory, outputStart, total - written, data, written)
    written = total
    if (status !== isMore) return { shape: shapeOf(framing), data: trimmed(data, written), end }
  }
}

/** The bytes of all numbers, if the rest of the text is like that read so far. */
function guess(bytes: number, factor: number): number {
  return Math.max(bytes * 2, Math.min(largestGuessBytes, Math.ceil(bytes * factor * 1.02) + 1024))
}

function larger(data: Buffer | undefined, written: number, bytes: number): Buffer {
  const next = Buffer.allocUnsafe(bytes)
  if (data) next.set(data.subarray(0, written))
  return next
}

/** What is kept of memory that was taken on a guess: at most half of it lies idle. */
function trimmed(data: Buffer, bytes: number): Uint8Array {
  if (data.length === bytes) return data
  return data.length > 2 * bytes ? Buffer.from(data.subarray(0, bytes)) : data.subarray(0, bytes)
}

function shapeOf(framing: Framing): number[] {
  const shape: number[] = []
  const rank = state[2] ?? 0
  for (let axis = 0; axis < rank; axis++) {
    const inner = axis + 1 < rank ? (state[levelSpans + axis + 1] ?? 1) : 1
    shape.push((state[levelSpans + axis] ?? 0) / inner)
  }
  // A row of one column is a value, not a list.
  if (framing === 'csv' && shape[1] === 1) shape.pop()
  return shape
}

function copy(source: Buffer, start: number, length: number, target: Buffer, at: number): void {
  if (length > shortBytes) target.set(source.subarray(start, start + length), at)
  else for (let index = 0; index < length; index++) target[at + index] = source[start + index] ?? 0
}
