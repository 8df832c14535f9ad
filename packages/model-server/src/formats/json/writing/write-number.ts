import type { ByteWriter } from './byte-writer.ts'

/** The longest text of one number, and then some. */
const numberBytes = 32
const powersOfTen = Float64Array.from({ length: 70 }, (_, exponent) => Number(`1e${exponent}`))
const scratch = new Float64Array(1)
const scratchWords = new Uint32Array(scratch.buffer)

/**
 * A float as TensorFlow Serving writes it: as printf's `%.6g`, or `%.9g` where six digits do not read back to the
 * same float; then `.0` where there is neither point nor exponent. 3 → `3.0`, 9e6 → `9e+06`. Not finite: `NaN`,
 * `Infinity`, `-Infinity`. Source: TensorFlow Serving, util/json_tensor.cc.
 */
export function writeFloat(writer: ByteWriter, value: number): void {
  writer.reserve(numberBytes)
  if (writeSpecial(writer, value)) return
  const size = Math.abs(value)
  if (value < 0) writer.bytes[writer.length++] = 0x2d
  if (size > 2e-38 && size < 1e38) {
    const exponent = decimalExponent(size)
    const nine = digitsOf(size, exponent, 8)
    if (nine !== undefined) {
      writeShorter(writer, size, exponent, nine)
      return
    }
  }
  writeExactly(writer, size)
}

/** As `writeFloat` with `%.17g` for a double that six digits do not hold. */
export function writeDouble(writer: ByteWriter, value: number): void {
  writer.reserve(numberBytes)
  if (writeSpecial(writer, value)) return
  const six = value.toPrecision(6)
  writer.ascii(printfText(Number(six) === value ? six : precise(value, 17)))
}

/** For half and bfloat16: six digits always hold them. */
export function writeHalf(writer: ByteWriter, value: number): void {
  writer.reserve(numberBytes)
  if (!writeSpecial(writer, value)) writer.ascii(printfText(value.toPrecision(6)))
}

export function writeInteger(writer: ByteWriter, value: number): void {
  writer.reserve(numberBytes)
  let rest = value
  if (rest < 0) {
    writer.bytes[writer.length++] = 0x2d
    rest = -rest
  }
  const end = writer.length + digitCount(rest)
  writeDigits(writer, rest, end)
  writer.length = end
}

/** Whole numbers below a million need no arithmetic; the rest of this is what `%g` has no digits for. */
function writeSpecial(writer: ByteWriter, value: number): boolean {
  if (value > -1e6 && value < 1e6 && Math.trunc(value) === value) {
    if (value === 0 && Object.is(value, -0)) writer.ascii('-')
    writeInteger(writer, value)
    writer.bytes[writer.length++] = 0x2e
    writer.bytes[writer.length++] = 0x30
    return true
  }
  if (Number.isFinite(value)) return false
  writer.ascii(Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity')
  return true
}

/** The x of d.ddd × 10^x; right or one too small or large at powers of ten, which `digitsOf` notices. */
function decimalExponent(size: number): number {
  scratch[0] = size
  // The binary logarithm's whole part times that of 2: right or one too small.
  const exponent = Math.floor((((scratchWords[1] ?? 0) >>> 20) - 1023) * 0.30102999566398114)
  return size >= (exponent >= 0 ? power(exponent + 1) : 1 / power(-exponent - 1)) ? exponent + 1 : exponent
}

/**
 * size × 10^(places - exponent) as the nearest integer, or undefined where the doubles used are too near the
 * middle between two integers to tell, or where the exponent was wrong.
 */
function digitsOf(size: number, exponent: number, places: number): number | undefined {
  const shift = places - exponent
  const scaled = shift >= 0 ? size * power(shift) : size / power(-shift)
  const nearest = Math.floor(scaled + 0.5)
  const distance = Math.abs(scaled - Math.floor(scaled) - 0.5)
  if (distance < 1e-5) return undefined
  return nearest >= power(places) && nearest < power(places + 1) ? nearest : undefined
}

/** `nine` holds nine digits; takes six of them where those read back to the same float. */
function writeShorter(writer: ByteWriter, size: number, exponent: number, nine: number): void {
  const six = Math.floor(nine / 1000 + 0.5)
  const isNear = Math.abs(nine - six * 1000) < 64
  if (isNear) {
    const back = six < 1000000 ? readsBack(size, six, exponent - 5) : undefined
    if (back === undefined) {
      writeExactly(writer, size)
      return
    }
    if (back) {
      writeSignificant(writer, six, exponent, 6)
      return
    }
  }
  writeSignificant(writer, nine, exponent, 9)
}

/** The slow way, for what doubles cannot tell. */
function writeExactly(writer: ByteWriter, size: number): void {
  const six = size.toPrecision(6)
  writer.ascii(printfText(Math.fround(Number(six)) === size ? six : precise(size, 9)))
}

/** toPrecision rounds a tie away from zero, printf to even: an odd last digit after a tie is one too large. */
function precise(value: number, digits: number): string {
  const text = value.toPrecision(digits)
  const [mantissa = '', exponent] = text.split('e')
  const [longer = ''] = value.toPrecision(100).split('e')
  const dropped = longer
    .replace(/^-?0*\.?0*/, '')
    .replace('.', '')
    .slice(digits)
  const last = Number(mantissa.at(-1))
  if (!/^50*$/.test(dropped) || last % 2 === 0) return text
  const even = mantissa.slice(0, -1) + (last - 1)
  return exponent === undefined ? even : `${even}e${exponent}`
}

/** Whether digits × 10^exponent is nearest to this float; undefined where doubles cannot tell. */
function readsBack(size: number, digits: number, exponent: number): boolean | undefined {
  const value = exponent >= 0 ? digits * power(exponent) : digits / power(-exponent)
  scratch[0] = value
  const below = (scratchWords[0] ?? 0) & 0x1fffffff
  if (Math.abs(below - 0x10000000) < 8 || value < 2e-38) return undefined
  return Math.fround(value) === size
}

/** Digits d₁d₂… of d₁.d₂… × 10^exponent, in printf's choice of notation for %g, without zeros at the end. */
function writeSignificant(writer: ByteWriter, digits: number, exponent: number, precision: number): void {
  let significant = digits
  let count = precision
  while (significant % 10 === 0 && count > 1) {
    significant /= 10
    count--
  }
  if (exponent < -4 || exponent >= precision) {
    writePointed(writer, { digits: significant, count, whole: 1 })
    writer.ascii(exponentText(exponent))
  } else if (exponent < 0) {
    writer.ascii('0.00000'.slice(0, 1 - exponent))
    writeDigits(writer, significant, writer.length + count)
    writer.length += count
  } else if (count <= exponent + 1) {
    writeInteger(writer, significant * power(exponent + 1 - count))
    writer.ascii('.0')
  } else writePointed(writer, { digits: significant, count, whole: exponent + 1 })
}

/** `count` digits with a point after the first `whole`. */
function writePointed(
  writer: ByteWriter,
  { digits, count, whole }: { digits: number; count: number; whole: number },
): void {
  if (count === whole) {
    writeInteger(writer, digits)
    return
  }
  const unit = power(count - whole)
  const left = Math.floor(digits / unit)
  writeInteger(writer, left)
  writer.bytes[writer.length++] = 0x2e
  const end = writer.length + count - whole
  writeDigits(writer, digits - left * unit, end)
  writer.length = end
}

/** Digits right-aligned before `end`, with zeros on the left down to the writer's length. */
function writeDigits(writer: ByteWriter, digits: number, end: number): void {
  let position = end - 1
  let rest = digits
  for (; rest > 0x7fffffff && position >= writer.length; position--) {
    const next = Math.floor(rest / 10)
    writer.bytes[position] = 0x30 + rest - next * 10
    rest = next
  }
  // Whole numbers of 31 bits divide much faster.
  for (let small = rest | 0; position >= writer.length; position--) {
    const next = (small / 10) | 0
    writer.bytes[position] = 0x30 + small - next * 10
    small = next
  }
}

function digitCount(value: number): number {
  let count = 1
  while (count < 17 && value >= power(count)) count++
  return count
}

const exponentText = (exponent: number): string =>
  `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`

/** JavaScript's toPrecision in printf's notation: no zeros at the end, an exponent below -4 and of two digits at least. */
function printfText(precise: string): string {
  const [mantissa = '', exponent] = precise.split('e')
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  if (exponent !== undefined) return trimmed + exponentText(Number(exponent))
  const small = /^(-?)0\.0{4,}/.exec(trimmed)
  if (small) return shifted(trimmed)
  return trimmed.includes('.') ? trimmed : `${trimmed}.0`
}

/** `0.00001234` → `1.234e-05`. */
function shifted(text: string): string {
  const sign = text.startsWith('-') ? '-' : ''
  const fraction = text.slice(text.indexOf('.') + 1)
  const digits = fraction.replace(/^0+/, '')
  const exponent = digits.length - fraction.length - 1
  return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}${exponentText(exponent)}`
}

function power(exponent: number): number {
  return powersOfTen[exponent] ?? Number.NaN
}
