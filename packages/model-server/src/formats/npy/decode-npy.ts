import type { Signature } from '../../servable.ts'
import { invalidArgument } from '../../status.ts'
import { elementCount, type Tensor } from '../../tensor.ts'
import { findSignature, type PredictDocument } from '../json/decode-predict.ts'
import { castNumbers } from './cast.ts'
import { type NpyHeader, readNpyHeader, refused } from './header.ts'

/**
 * An array as `numpy.save` writes it, for a signature of one input: its rows are the instances, and its numbers are
 * cast to the input's dtype where that loses nothing but precision. Throws StatusError INVALID_ARGUMENT.
 */
export function decodeNpy(
  body: Uint8Array,
  name: string,
  signatures: ReadonlyMap<string, Signature>,
): PredictDocument {
  const { inputs } = findSignature(signatures, name)
  const [alias, ...others] = inputs.keys()
  if (alias === undefined || others.length > 0) {
    throw invalidArgument(
      `One array cannot fill the inputs of signature ${name}: ${[...inputs.keys()].join(', ')}`,
    )
  }
  const file = Buffer.from(body.buffer, body.byteOffset, body.length)
  const header = readNpyHeader(file)
  const elements = rowMajor(file, header)
  // A single value is one instance.
  const shape = header.shape.length === 0 ? [1] : header.shape
  return { signature: name, layout: 'row', inputs: new Map([[alias, tensor()]]) }

  function tensor(): Tensor {
    const dtype = inputs.get(alias ?? '')?.dtype
    if (header.kind === 'S' || header.kind === 'U') {
      if (dtype === 'string') return { dtype, shape, data: stringsOf(elements, header) }
    } else if (dtype !== undefined && dtype !== 'string') {
      const data = castNumbers(elements, header, dtype)
      if (data) return { dtype, shape, data }
    }
    const got = `${header.kind}${header.width}`
    throw invalidArgument(`Input ${alias} of type ${dtype ?? 'unknown'} cannot take an array of dtype ${got}`)
  }
}

/** The array's bytes with the last dimension next to each other. */
function rowMajor(file: Buffer, { shape, width, isColumnMajor, end }: NpyHeader): Buffer {
  const count = elementCount(shape)
  // Checked before anything is taken in that size: the header may say what it likes.
  if (file.length - end !== count * width) {
    throw refused(`its shape needs ${count * width} bytes, but ${file.length - end} follow the header`)
  }
  const source = file.subarray(end)
  if (!isColumnMajor || shape.length < 2 || count === 0) return source
  const target = Buffer.allocUnsafeSlow(source.length)
  const strides = shape.map((_, axis) => width * elementCount(shape.slice(0, axis)))
  const index = new Array<number>(shape.length).fill(0)
  for (let element = 0; element < count; element++) {
    let from = 0
    for (let axis = 0; axis < index.length; axis++) from += (index[axis] ?? 0) * (strides[axis] ?? 0)
    source.copy(target, element * width, from, from + width)
    countUp(index, shape)
  }
  return target
}

function countUp(index: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (index[axis] ?? 0) + 1
    index[axis] = next === shape[axis] ? 0 : next
    if (index[axis] !== 0) return
  }
}

/** Each element without the zeros that fill it up; characters become UTF-8. */
function stringsOf(elements: Buffer, { kind, width, shape, isBigEndian }: NpyHeader): Uint8Array[] {
  return Array.from({ length: elementCount(shape) }, (_, index) => {
    const bytes = elements.subarray(index * width, (index + 1) * width)
    return kind === 'S' ? withoutPadding(bytes) : utf8Of(bytes, isBigEndian)
  })
}

function withoutPadding(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.subarray(0, end)
}

function utf8Of(bytes: Buffer, isBigEndian: boolean): Buffer {
  const characters: string[] = []
  for (let offset = 0; offset < bytes.length; offset += 4) {
    const code = isBigEndian ? bytes.readUInt32BE(offset) : bytes.readUInt32LE(offset)
    if (code > 0x10ffff) throw refused(`${code} is no character`)
    characters.push(String.fromCodePoint(code))
  }
  return Buffer.from(characters.join('').replace(/\0+$/, ''))
}
