/**
 * Text to tensor memory, one window of text at a time, in AssemblyScript. `src/formats/json/numbers/number-list.ts` drives it and
 * says what is read. All memory is fixed. `scan` is one function because what it reads stays in registers there: divided,
 * with what the parts share in variables of the module, it took 1.6 times as long for integers, 1.06 for nested lists.
 */

import { digitsOf, leadingZeros, nearestDouble, nearSingle, numberOf, unknown } from './decimal'
import { greatestPower, output, spans, starts, tens, text } from './memory'
import { plainSingles, written } from './plain-singles'

// How the last window ended: bytes read, numbers so far, levels (-1: no number yet).
const consumed = 0
const count = 4
const rank = 8
const maxRank = 64
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
