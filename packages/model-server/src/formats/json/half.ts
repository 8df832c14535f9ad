const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** Nearest bfloat16, ties to even, as bits; by way of float32, as TensorFlow converts. */
export function toBfloat16(value: number): number {
  single[0] = value
  const word = bits[0] ?? 0
  if (Number.isNaN(value)) return 0x7fc0
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
}

export function fromBfloat16(word: number): number {
  bits[0] = word << 16
  return single[0] ?? 0
}

/** Nearest IEEE half, ties to even, as bits; by way of float32, as TensorFlow converts. */
export function toFloat16(value: number): number {
  const rounded = Math.fround(value)
  const sign = rounded < 0 || Object.is(rounded, -0) ? 0x8000 : 0
  const size = Math.abs(rounded)
  if (Number.isNaN(size)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  const exponent = size < 2 ** -14 ? -14 : exponentOf(size)
  const units = roundToEven(size * 2 ** (10 - exponent))
  // A subnormal has no hidden bit; a carry out of the fraction counts the exponent up by itself.
  return sign | (units + (size < 2 ** -14 ? 0 : (exponent + 14) * 1024))
}

export function fromFloat16(word: number): number {
  const exponent = (word >> 10) & 31
  const fraction = word & 1023
  const sign = word & 0x8000 ? -1 : 1
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

function exponentOf(size: number): number {
  single[0] = size
  return ((bits[0] ?? 0) >>> 23) - 127
}

function roundToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
