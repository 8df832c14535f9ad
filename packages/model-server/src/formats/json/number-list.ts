import { byteWidth, type NumericDType } from '../../tensor.ts'

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

const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const maxRank = 64
/** Numbers that are taken for memory that is kept and written again; a larger list gets memory of its own. */
const keptBytes = 64 * 1024

/** All views look at the same memory, so that each store below meets one type of array only. */
interface Memory {
  readonly capacity: number
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly words: Uint32Array
  readonly float32: Float32Array
  readonly float64: Float64Array
  readonly int32: Int32Array
  readonly int16: Int16Array
}

function allocate(capacity: number): Memory {
  const buffer = new ArrayBuffer(capacity)
  return {
    capacity,
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    float32: new Float32Array(buffer),
    float64: new Float64Array(buffer),
    int32: new Int32Array(buffer),
    int16: new Int16Array(buffer),
  }
}

const kept = allocate(keptBytes)
/** Scanning never waits, so that one pair per thread is enough. */
const sizes = new Int32Array(maxRank)
const counts = new Int32Array(maxRank)
const scratch = new Float64Array(1)
const scratchWords = new Uint32Array(scratch.buffer)

/**
 * Reads a number, or a dense list of lists of numbers, in one pass from text to a tensor's memory.
 * Undefined for whatever is not plainly that (an error, an empty list, NaN, a number out of range, uneven lists):
 * the exact decoder then says what it is. A float is the nearest double of its text, rounded to the dtype.
 * With `lines` and `csv` everything up to the end of the source is read; `start` is where the first line's text is.
 */
export function scanNumbers(
  source: Buffer,
  start: number,
  dtype: ScannedDType,
  framing: Framing = 'json',
): NumberList | undefined {
  const open = framings[framing]
  const mode = modes[dtype]
  const width = byteWidth[dtype]
  const limit = source.length
  sizes.fill(0)
  let memory = kept
  let room = memory.capacity / width
  let count = 0
  let depth: number = open
  let rank = -1
  let position = start
  counts[0] = 0
  counts[1] = 0

  for (;;) {
    let byte = source[position] ?? 0
    while (byte === 0x20 || (byte === 0x0a && open === 0) || byte === 0x0d || byte === 0x09)
      byte = source[++position] ?? 0
    if (byte === 0x5b) {
      if (depth === maxRank || depth === rank || open === framings.csv) return undefined
      counts[depth++] = 0
      position++
      continue
    }
    if (rank < 0) rank = depth
    else if (depth !== rank) return undefined

    // One number: [-] digits [. digits] [e digits]. `mantissa` is exact up to 15 digits and near beyond.
    const numberStart = position
    const isNegative = byte === 0x2d
    if (isNegative) byte = source[++position] ?? 0
    let mantissa = byte - 0x30
    if (mantissa < 0 || mantissa > 9) return undefined
    let digits = mantissa === 0 ? 0 : 1
    byte = source[++position] ?? 0
    if (mantissa === 0) {
      if (byte >= 0x30 && byte <= 0x39) return undefined
    } else {
      while (byte >= 0x30 && byte <= 0x39) {
        mantissa = mantissa * 10 + (byte - 0x30)
        digits++
        byte = source[++position] ?? 0
      }
    }
    let exponent = 0
    let isInteger = true
    if (byte === 0x2e) {
      isInteger = false
      const fractionStart = ++position
      byte = source[position] ?? 0
      if (mantissa === 0) while (byte === 0x30) byte = source[++position] ?? 0
      const significantStart = position
      // Nine digits at a time fit an integer, which is quicker to add to than a double.
      let part = 0
      let partDigits = 0
      while (byte >= 0x30 && byte <= 0x39) {
        part = (Math.imul(part, 10) + (byte - 0x30)) | 0
        byte = source[++position] ?? 0
        if (++partDigits < 9) continue
        mantissa = mantissa * 1e9 + part
        part = 0
        partDigits = 0
      }
      if (partDigits > 0) mantissa = mantissa * powersOf(partDigits) + part
      digits += position - significantStart
      exponent = fractionStart - position
      if (exponent === 0) return undefined
    }
    if (byte === 0x65 || byte === 0x45) {
      isInteger = false
      byte = source[++position] ?? 0
      const isDown = byte === 0x2d
      if (isDown || byte === 0x2b) byte = source[++position] ?? 0
      const exponentStart = position
      let size = 0
      while (byte >= 0x30 && byte <= 0x39) {
        size = size * 10 + (byte - 0x30)
        byte = source[++position] ?? 0
      }
      if (position === exponentStart || size > 400) return undefined
      exponent += isDown ? -size : size
    }

    if (count === room) {
      memory = larger(memory)
      room = memory.capacity / width
    }
    if (mode < 2) {
      let value: number
      if (digits <= 15 && exponent <= 22 && exponent >= -22) {
        value = exponent < 0 ? mantissa / powersOf(-exponent) : mantissa * powersOf(exponent)
      } else {
        value = mode === 0 ? nearSingle(mantissa, digits, exponent) : Number.NaN
        if (Number.isNaN(value)) value = Math.abs(Number(source.toString('latin1', numberStart, position)))
        if (value === Number.POSITIVE_INFINITY) return undefined
      }
      if (isNegative) value = -value
      if (mode === 0) memory.float32[count++] = value
      else memory.float64[count++] = value
    } else {
      if (!isInteger || digits > 15) return undefined
      const value = isNegative ? -mantissa : mantissa
      if (mode === modes.int64) {
        const high = Math.floor(value / 4294967296)
        memory.words[count * 2] = value - high * 4294967296
        memory.words[count * 2 + 1] = high
      } else if (mode === modes.uint32) {
        if (value < 0 || value > 4294967295) return undefined
        memory.words[count] = value
      } else {
        if (value < -2147483648 || value > 2147483647) return undefined
        if (mode === modes.int32) memory.int32[count] = value
        else if (width === 1) memory.bytes[count] = value
        else memory.int16[count] = value
      }
      count++
    }

    // After a value: a comma and the next one, or the end of one or more lists.
    for (;;) {
      if (depth === 0) return finish(memory, count * width, rank, position)
      while (byte === 0x20 || (byte === 0x0a && open === 0) || byte === 0x0d || byte === 0x09)
        byte = source[++position] ?? 0
      if (depth === open) {
        if (open === framings.csv) {
          counts[1] = (counts[1] ?? 0) + 1
          if (byte === 0x2c) {
            position++
            break
          }
          if (!isEven(1)) return undefined
          counts[1] = 0
        }
        counts[0] = (counts[0] ?? 0) + 1
        if (byte !== 0x0a && position < limit) return undefined
        while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
          byte = source[++position] ?? 0
        if (position < limit) break
        sizes[0] = counts[0] ?? 0
        // A row of one column is a value, not a list.
        const isColumn = open === framings.csv && sizes[1] === 1
        return finish(memory, count * width, isColumn ? 1 : rank, position)
      }
      const level = depth - 1
      const seen = (counts[level] ?? 0) + 1
      counts[level] = seen
      if (byte === 0x2c) {
        position++
        break
      }
      if (byte !== 0x5d || position >= limit) return undefined
      if (!isEven(level)) return undefined
      depth = level
      byte = source[++position] ?? 0
    }
  }
}

/** Whether the list that ends here has as many elements as those before it on its level. */
function isEven(level: number): boolean {
  const seen = counts[level] ?? 0
  if (sizes[level] === 0) sizes[level] = seen
  return sizes[level] === seen
}

function powersOf(exponent: number): number {
  return powersOfTen[exponent] ?? Number.NaN
}

/**
 * A double within a few units of the exact value, or NaN where that is too near the middle between two floats to
 * round it: each digit beyond 15 and the scaling add at most one unit, of which 2^29 make one unit of a float.
 */
function nearSingle(mantissa: number, digits: number, exponent: number): number {
  if (digits > 32 || exponent > 22 || exponent < -44) return Number.NaN
  let value = mantissa
  if (exponent >= 0) value *= powersOf(exponent)
  else if (exponent >= -22) value /= powersOf(-exponent)
  else value = value / 1e22 / powersOf(-exponent - 22)
  // Subnormal floats have fewer bits than the test below looks at.
  if (value < 2e-38 || value > 3e38) return Number.NaN
  scratch[0] = value
  const below = (scratchWords[0] ?? 0) & 0x1fffffff
  return Math.abs(below - 0x10000000) < 64 ? Number.NaN : value
}

function larger(memory: Memory): Memory {
  const next = allocate(memory.capacity * 2)
  next.bytes.set(memory.bytes)
  return next
}

function finish(memory: Memory, byteCount: number, rank: number, end: number): NumberList {
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) shape.push(sizes[axis] ?? 0)
  return {
    shape,
    data: memory === kept ? copied(memory.bytes, byteCount) : memory.bytes.subarray(0, byteCount),
    end,
  }
}

function copied(bytes: Uint8Array, byteCount: number): Uint8Array {
  const copy = Buffer.allocUnsafe(byteCount)
  if (byteCount > 64) copy.set(bytes.subarray(0, byteCount))
  else for (let index = 0; index < byteCount; index++) copy[index] = bytes[index] ?? 0
  return copy
}
