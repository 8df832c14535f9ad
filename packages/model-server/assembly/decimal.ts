/** Digits to numbers. */
import { fives, greatestPower, powers } from './memory'

/** Instead of a number's size, where a quicker way cannot say it. */
export const unknown: f64 = -1

// Eight bytes of 1.
const ones = (u64(0x01010101) << 32) | 0x01010101

/** How many of the word's first bytes are digits. */
export function digitsOf(word: u64): i32 {
  const x = word ^ (0x30 * ones)
  return i32(ctz((x | (x + 0x06 * ones)) & (0xf0 * ones)) >> 3)
}

/** The number that the word's first `digits` bytes spell. */
export function numberOf(word: u64, digits: i32): u64 {
  const unused = u64(8 - digits) << 2
  let v = ((word ^ (0x30 * ones)) << unused) << unused
  v = v * 10 + (v >> 8)
  return (
    ((v & 0x000000ff000000ff) * 0x000f424000000064 + ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
    32
  )
}

/** The zeros before a number's first other digit, which are no digits that count. */
export function leadingZeros(start: i32): i32 {
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
export function nearSingle(mantissa: u64, exponent: i32): f64 {
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
export function nearestDouble(mantissa: u64, exponent: i32): f64 {
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
