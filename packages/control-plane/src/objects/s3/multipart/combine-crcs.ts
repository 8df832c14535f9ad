export interface CrcPart {
  readonly crc: bigint
  readonly sizeBytes: number
}
export interface CrcField {
  readonly bits: 32 | 64
  /** Bits reflected: the lowest power is the highest bit. */
  readonly polynomial: bigint
}

export const crc32Field: CrcField = { bits: 32, polynomial: 0xedb88320n }
export const crc32cField: CrcField = { bits: 32, polynomial: 0x82f63b78n }
export const crc64nvmeField: CrcField = { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n }

/**
 * The CRC of all parts in a row, from the CRC and size of each, without their bytes.
 * CRC(A then B) is CRC(A) times x^(8 |B|), plus CRC(B), modulo the polynomial.
 */
export function combineCrcs(parts: readonly CrcPart[], field: CrcField): bigint {
  const shifts = new Map<number, bigint>()
  let crc = 0n
  for (const part of parts) {
    const shift = shifts.get(part.sizeBytes) ?? powerOfX(8n * BigInt(part.sizeBytes), field)
    shifts.set(part.sizeBytes, shift)
    crc = multiply(crc, shift, field) ^ part.crc
  }
  return crc
}

function powerOfX(exponent: bigint, field: CrcField): bigint {
  const one = 1n << BigInt(field.bits - 1)
  let power = one
  let square = one >> 1n
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = multiply(power, square, field)
    square = multiply(square, square, field)
  }
  return power
}

function multiply(a: bigint, b: bigint, { bits, polynomial }: CrcField): bigint {
  let product = 0n
  let shifted = b
  for (let mask = 1n << BigInt(bits - 1); mask > 0n; mask >>= 1n) {
    if (a & mask) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n
  }
  return product
}
