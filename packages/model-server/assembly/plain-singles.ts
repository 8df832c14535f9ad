import { digitsOf, numberOf } from './decimal'
import { greatestPower, powers, spans, starts, tens } from './memory'

/** Behind the last number of `plainSingles`. */
export let written: i32 = 0

/**
 * The numbers that most lists of floats are made of, [-]d.d…d, as long as `,` or `],[` follows them: each takes one way
 * through, without a branch that depends on its digits. Returns the first address that it left to others. `level` is where
 * the innermost list's span lies, or 0 where no bracket may end it.
 */
export function plainSingles(start: i32, stop: i32, firstAddress: i32, base: i32, level: i32): i32 {
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
