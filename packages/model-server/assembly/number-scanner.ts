/**
 * Text to tensor memory, one window of text at a time, in AssemblyScript. `src/formats/json/number-list.ts` drives it and
 * says what is read. All memory is fixed, and addresses are written out: both sides name them alike.
 */

// How the last window ended: bytes read, numbers so far, levels (-1: no number yet).
const consumed = 0
const count = 4
const rank = 8
// Per level: the numbers in each of its lists (0: none is complete), and the first number of the open one.
const spans = 64
const starts = spans + 4 * 64
// 10^0 … 10^8 as integers; 10^-64 … 10^64 as doubles; the upper 64 bits of 5^-64 … 5^64.
const tens = starts + 4 * 64
const powers = 1024
const fives = 3072
const greatestPower = 64
const text = 8192
const output = text + 65536 + 64

const maxRank = 64
/** Instead of a number's size, where a quicker way cannot say it. */
const unknown: f64 = -1
const more = 0
const done = 1
const refused = 2

// Where the scanner stands between two windows.
const beforeValue = 0
const afterValue = 1
const afterLine = 2

// What `scan` takes as dtype, in the order of `number-list.ts`.
const float32 = 0
const float64 = 1
const int32 = 2
const uint32 = 7
const int64 = 8

let dtype: i32 = 0
let framing: i32 = 0
let place: i32 = 0
let depth: i32 = 0

/** JavaScript's own reading of the number at [start, end), without its sign. */
declare function exactly(start: i32, end: i32): f64

function begin(start: i32): void {
  dtype = start & 15
  framing = start >> 4
  place = beforeValue
  depth = framing
  store<i32>(count, 0)
  store<i32>(rank, -1)
  store<u64>(spans, 0)
  store<u64>(starts, 0)
}

/**
 * Reads the window of `length` bytes at `text` and writes its numbers to `output`. A number, and whatever else could go
 * on behind the window's end, is left to the next window unless this one is the last. The first window of a text starts
 * with its dtype + 16 × its framing, others with -1.
 */
export function scan(length: i32, isLast: i32, start: i32): i32 {
  if (start >= 0) begin(start)
  const limit = text + length
  store<u64>(limit, 0)
  const end = isLast ? i32.MAX_VALUE : limit
  const stop = isLast ? i32.MAX_VALUE : limit - 64
  const open = framing
  const commasAbove = open === 2 ? 1 : open
  const lineEnd = open === 0 ? 0x0a : 0x20
  const type = dtype
  const shift = shiftOf(type)
  let n = load<i32>(count)
  const base = output - (n << shift)
  let r = load<i32>(rank)
  let d = depth
  let p = text
  let at = place
  let status = more

  for (;;) {
    if (at === beforeValue) {
      if (type === float32 && d === r && d > commasAbove) {
        const level = d > commasAbove + 1 ? spans + ((d - 1) << 2) : 0
        p = plainSingles(p, min(stop, limit), base + (n << shift), base, level)
        n = (written - base) >> 2
      }
      let byte = load<u8>(p)
      while (byte <= 0x20 || byte === 0x5b) {
        if (byte === 0x5b) {
          if (d === maxRank || d === r || open === 2) return refused
          if (r < 0) {
            store<i32>(spans + (d << 2), 0)
            store<i32>(starts + (d << 2), 0)
          }
          d++
        } else if (byte !== 0x20 && byte !== lineEnd && byte !== 0x0d && byte !== 0x09) break
        byte = load<u8>(++p)
      }
      if (p >= stop) break
      if (d !== r) {
        if (r >= 0) return refused
        r = d
      }

      const first = p
      const isNegative = byte === 0x2d
      p += i32(isNegative)
      let mantissa: u64
      let digits: i32
      let exponent = 0
      if (load<u8>(p + 1) === 0x2e) {
        mantissa = u64(load<u8>(p)) - 0x30
        if (mantissa > 9) return refused
        digits = 1
        p++
      } else {
        let word = load<u64>(p)
        digits = digitsOf(word)
        if (digits === 0 || ((word & 0xff) === 0x30 && digits > 1)) return refused
        mantissa = numberOf(word, digits)
        p += digits
        let found = digits
        while (found === 8) {
          word = load<u64>(p)
          found = digitsOf(word)
          mantissa = mantissa * load<u64>(tens + (found << 3)) + numberOf(word, found)
          digits += found
          p += found
        }
      }
      let isInteger = true
      if (load<u8>(p) === 0x2e) {
        isInteger = false
        const point = ++p
        let found: i32
        do {
          const word = load<u64>(p)
          found = digitsOf(word)
          mantissa = mantissa * load<u64>(tens + (found << 3)) + numberOf(word, found)
          p += found
        } while (found === 8)
        exponent = point - p
        if (exponent === 0) {
          if (p < end) return refused
          p = first
          if (p === text) return refused
          break
        }
        digits -= exponent
      }
      if ((load<u8>(p) | 0x20) === 0x65) {
        isInteger = false
        p++
        const sign = load<u8>(p)
        if (sign === 0x2d || sign === 0x2b) p++
        const from = p
        let size = 0
        let digit = u32(load<u8>(p)) - 0x30
        while (digit <= 9) {
          size = min<i32>(size * 10 + digit, 1000)
          digit = u32(load<u8>(++p)) - 0x30
        }
        if (p < end && (p === from || size > 400)) return refused
        exponent += sign === 0x2d ? -size : size
      }
      if (p >= end) {
        p = first
        if (p === text) return refused
        break
      }

      const address = base + (n << shift)
      if (type <= float64) {
        if (digits > 19) digits -= leadingZeros(first)
        let value = unknown
        if (digits <= 19 && u32(exponent + greatestPower) <= 2 * greatestPower) {
          if (type === float32) value = nearSingle(mantissa, exponent)
          if (value < 0) value = nearestDouble(mantissa, exponent)
        }
        if (value < 0) {
          value = exactly(first + i32(isNegative), p)
          if (value === Infinity) return refused
        }
        const bits = reinterpret<u64>(value) | (u64(isNegative) << 63)
        if (type === float64) store<u64>(address, bits)
        else store<f32>(address, f32(reinterpret<f64>(bits)))
      } else {
        if (!isInteger || digits > 15) return refused
        const value = isNegative ? -i64(mantissa) : i64(mantissa)
        if (type === int64) store<i64>(address, value)
        else if (type === uint32 ? value < 0 || value > 0xffffffff : value !== i64(i32(value))) return refused
        else if (shift === 2) store<i32>(address, i32(value))
        else if (shift === 1) store<i16>(address, i16(value))
        else store<i8>(address, i8(value))
      }
      n++
    }

    if (at !== afterLine) {
      at = beforeValue
      let byte = load<u8>(p)
      if (byte === 0x2c && d > commasAbove) {
        p++
        if (load<u8>(p) === 0x20) p++
        continue
      }
      if (byte === 0x5d && d > commasAbove + 1) {
        if ((load<u32>(p) & 0xffffff) === 0x5b2c5d) {
          if (!closes(d - 1, n)) return refused
          p += 3
          continue
        }
      }
      for (;;) {
        if (d === 0) {
          status = done
          break
        }
        while (byte === 0x20 || byte === lineEnd || byte === 0x0d || byte === 0x09) byte = load<u8>(++p)
        if (p >= end) {
          at = afterValue
          break
        }
        if (byte === 0x2c && d > commasAbove) {
          p++
          break
        }
        if (d === open) {
          if (open === 2 && !closes(1, n)) return refused
          if (byte !== 0x0a && p < limit) return refused
          at = afterLine
          break
        }
        if (byte !== 0x5d || p >= limit) return refused
        d--
        if (!closes(d, n)) return refused
        byte = load<u8>(++p)
      }
      if (at === afterValue || status === done) break
    }
    if (at === afterLine) {
      let byte = load<u8>(p)
      while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = load<u8>(++p)
      if (p >= end) break
      if (p < limit) {
        at = beforeValue
        continue
      }
      closes(0, n)
      status = done
      break
    }
  }
  place = at
  depth = d
  store<i32>(rank, r)
  store<i32>(count, n)
  store<i32>(consumed, p - text)
  return status
}

/** Behind the last number of `plainSingles`. */
let written: i32 = 0

/**
 * The numbers that most lists of floats are made of, [-]d.d…d, as long as `,` or `],[` follows them: each takes one way
 * through, without a branch that depends on its digits. Returns the first address that it left to others. `level` is where
 * the innermost list's span lies, or 0 where no bracket may end it.
 */
function plainSingles(start: i32, stop: i32, firstAddress: i32, base: i32, level: i32): i32 {
  let address = firstAddress
  let p = start
  while (p < stop) {
    const isNegative = load<u8>(p) === 0x2d
    const point = p + 1 + i32(isNegative)
    let mantissa = u64(load<u8>(point - 1)) - 0x30
    if (load<u8>(point) !== 0x2e || mantissa > 9) break
    // Both words are there before the sign is known, and full words need no wait for their digits' count.
    let word = select<u64>(load<u64>(p + 3), load<u64>(p + 2), isNegative)
    let next = point + 1
    let found = digitsOf(word)
    if (found === 8) {
      mantissa = mantissa * 100_000_000 + numberOf(word, 8)
      next = point + 9
      word = load<u64>(next)
      found = digitsOf(word)
      if (found === 8) {
        mantissa = mantissa * 100_000_000 + numberOf(word, 8)
        next = point + 17
        word = load<u64>(next)
        found = digitsOf(word)
      }
    }
    mantissa = mantissa * load<u64>(tens + (found << 3)) + numberOf(word, found)
    next += found
    const digits = next - point - 1
    if (digits === 0 || digits > 18 || i64(mantissa) < 0) break
    const value = f64(i64(mantissa)) * load<f64>(powers + ((greatestPower - digits) << 3))
    const bits = reinterpret<u64>(value)
    if ((u32(bits) & 0x1fffffff) - 0x0fffffc0 <= 0x80) break

    store<u32>(address, reinterpret<u32>(f32(value)) | (u32(isNegative) << 31))
    const behind = load<u32>(next)
    if ((behind & 0xff) === 0x2c) {
      address += 4
      p = next + 1
      if ((behind & 0xff00) !== 0x2000) continue
      p = next + 2
      continue
    }
    const isTight = (behind & 0xffffff) === 0x5b2c5d
    if (level === 0 || !(isTight || behind === 0x5b202c5d)) break
    const n = (address + 4 - base) >> 2
    if (n - load<i32>(level + starts - spans) !== load<i32>(level)) break
    store<i32>(level + starts - spans, n)
    address += 4
    p = next + 3
    if (isTight) continue
    p = next + 4
  }
  written = address
  return p
}

/** The binary logarithm of the dtype's width. */
function shiftOf(type: i32): i32 {
  if (type === float64 || type === int64) return 3
  if (type === float32 || type === int32 || type === uint32) return 2
  return type === 3 || type === 4 ? 0 : 1
}

/** Whether the list that ends before number `n` has as many numbers as those before it on its level. */
function closes(level: i32, n: i32): bool {
  const at = level << 2
  const seen = n - load<i32>(starts + at)
  const span = load<i32>(spans + at)
  store<i32>(starts + at, n)
  if (span === 0) {
    store<i32>(spans + at, seen)
    return true
  }
  return span === seen
}

// Eight bytes of 1.
const ones = (u64(0x01010101) << 32) | 0x01010101

/** How many of the word's first bytes are digits. */
function digitsOf(word: u64): i32 {
  const x = word ^ (0x30 * ones)
  return i32(ctz((x | (x + 0x06 * ones)) & (0xf0 * ones)) >> 3)
}

/** The number that the word's first `digits` bytes spell. */
function numberOf(word: u64, digits: i32): u64 {
  const unused = u64(8 - digits) << 2
  let v = ((word ^ (0x30 * ones)) << unused) << unused
  v = v * 10 + (v >> 8)
  return (
    ((v & 0x000000ff000000ff) * 0x000f424000000064 + ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
    32
  )
}

/** The zeros before a number's first other digit, which are no digits that count. */
function leadingZeros(start: i32): i32 {
  let zeros = 0
  let byte = load<u8>(start)
  while (byte === 0x30 || byte === 0x2d || byte === 0x2e) {
    zeros += i32(byte === 0x30)
    byte = load<u8>(++start)
  }
  return zeros
}

/**
 * mantissa × 10^exponent within a few units of a double, or `unknown` where that is too near the middle between two
 * floats to round it: of such units, 2^29 make one of a float.
 */
function nearSingle(mantissa: u64, exponent: i32): f64 {
  // Below 10^-37 floats have fewer bits than the test looks at.
  if (i64(mantissa) < 0 || exponent < -37) return unknown
  const value = f64(i64(mantissa)) * load<f64>(powers + ((exponent + greatestPower) << 3))
  const below = u32(reinterpret<u64>(value)) & 0x1fffffff
  return below - 0x0fffffc0 <= 0x80 ? unknown : value
}

/**
 * mantissa × 10^exponent, rounded once. The upper 64 bits of mantissa × 5^exponent are right but for one unit too few;
 * 53 of them are kept, so that only what lies beside the middle between two doubles stays `unknown`. That is one in a
 * thousand, of which the short ones are exact in doubles.
 */
function nearestDouble(mantissa: u64, exponent: i32): f64 {
  if (mantissa === 0) return 0
  const unused = i32(clz(mantissa))
  const product = upperProduct(mantissa << u64(unused), load<u64>(fives + ((exponent + greatestPower) << 3)))
  const cut = 10 + (product >> 63)
  const half = u64(1) << (cut - 1)
  const rest = product & ((half << 1) - 1)
  if (half - rest <= 1) return fromExact(mantissa, exponent)
  // 217706 / 2^16 is the binary logarithm of 10, near enough for every exponent of a double.
  const power = i64(((exponent * 217706) >> 16) - unused) + i64(cut) + 53
  return reinterpret<f64>((u64(power + 1022) << 52) + (product >> cut) + u64(rest > half))
}

/** One rounding of two exact doubles. */
function fromExact(mantissa: u64, exponent: i32): f64 {
  if (mantissa > 0x20000000000000 || exponent < -22 || exponent > 22) return unknown
  const size = exponent < 0 ? -exponent : exponent
  const power = load<f64>(powers + ((size + greatestPower) << 3))
  return exponent < 0 ? f64(mantissa) / power : f64(mantissa) * power
}

function upperProduct(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff
  const aHigh = a >> 32
  const bLow = b & 0xffffffff
  const bHigh = b >> 32
  const middle = aHigh * bLow + ((aLow * bLow) >> 32)
  return aHigh * bHigh + (middle >> 32) + ((aLow * bHigh + (middle & 0xffffffff)) >> 32)
}
