import { dataTypeOf } from '../../data-types.ts'
import type { Signature } from '../../servable.ts'
import { invalidArgument } from '../../status.ts'
import { isComplex, type TensorMap } from '../../tensor.ts'
import type { Layout } from './decode-predict.ts'
import { ByteWriter } from './writing/byte-writer.ts'
import { elementWriter, unwritable, type WriteElement, writeJsonString } from './writing/write-tensor.ts'

/**
 * The answer to a predict request, in the request's own layout:
 *
 *     {"predictions": [2.5, 3.0]}   or [{"a": …, "b": …}, …]        {"outputs": [2.5, 3.0]}   or {"a": …, "b": …}
 *
 * Indented as TensorFlow Serving does it. Throws StatusError INVALID_ARGUMENT with its texts.
 */
export function encodePredict(layout: Layout, outputs: TensorMap): Uint8Array {
  if (outputs.size === 0) throw invalidArgument('Cannot convert empty tensor map to JSON')
  const writer = new ByteWriter()
  if (layout === 'row') writeRows(writer, outputs)
  else writeColumns(writer, outputs)
  writer.ascii('\n}')
  return writer.finish()
}

/** Throws StatusError INVALID_ARGUMENT when an output has a type that JSON cannot carry here: before anything runs. */
export function checkOutputTypes({ outputs }: Signature): void {
  for (const { dtype, typeCode } of outputs.values()) {
    if (dtype === undefined || isComplex(dtype)) throw unwritable(dataTypeOf(typeCode).name)
  }
}

export function encodeError(message: string): Uint8Array {
  const writer = new ByteWriter()
  writer.ascii('{\n    "error": ')
  writeJsonString(writer, Buffer.from(message))
  writer.ascii('\n}')
  return writer.finish()
}

interface Part {
  readonly alias: Uint8Array
  readonly shape: readonly number[]
  readonly write: WriteElement
}

function partsOf(outputs: TensorMap): Part[] {
  return [...outputs].map(([alias, tensor]) => ({
    alias: Buffer.from(alias),
    shape: tensor.shape,
    write: elementWriter(tensor, alias.endsWith('_bytes')),
  }))
}

function writeRows(writer: ByteWriter, outputs: TensorMap): void {
  const count = batchSize(outputs)
  const parts = partsOf(outputs)
  const [only, ...others] = parts
  if (count === 0 || !only) {
    writer.ascii('{\n    "predictions": []')
    return
  }
  writer.ascii('{\n    "predictions": [')
  for (let row = 0; row < count; row++) {
    if (others.length === 0) {
      if (row > 0) writer.ascii(', ')
      writeInline(writer, only, row)
    } else writeObject(writer, parts, row)
  }
  writer.ascii('\n    ]')
}

/** outputs: [n, …] each → n. */
function batchSize(outputs: TensorMap): number {
  let expected: number | undefined
  for (const [name, { shape }] of outputs) {
    const [size] = shape
    if (size === undefined) throw invalidArgument(`Tensor name: ${name} has no shape information `)
    expected ??= size
    if (size !== expected) {
      throw invalidArgument(
        `Tensor name: ${name} has inconsistent batch size: ${size} expecting: ${expected}`,
      )
    }
  }
  return expected ?? 0
}

function writeObject(writer: ByteWriter, parts: readonly Part[], row: number): void {
  writer.ascii(row > 0 ? ',\n        {' : '\n        {')
  for (const [index, part] of parts.entries()) {
    writer.ascii(index > 0 ? ',\n            ' : '\n            ')
    writeJsonString(writer, part.alias)
    writer.ascii(': ')
    writeInline(writer, part, row)
  }
  writer.ascii('\n        }')
}

/** One row's value on one line: lists as `[1, 2]`. */
function writeInline(writer: ByteWriter, { shape, write }: Part, row: number): void {
  let elements = 1
  for (let axis = 1; axis < shape.length; axis++) elements *= shape[axis] ?? 0
  inline(1, row * elements, elements)

  function inline(axis: number, start: number, count: number): void {
    const size = shape[axis]
    if (size === undefined) {
      write(writer, start)
      return
    }
    writer.ascii('[')
    const step = size === 0 ? 0 : count / size
    for (let index = 0; index < size; index++) {
      if (index > 0) writer.ascii(', ')
      if (axis === shape.length - 1) write(writer, start + index)
      else inline(axis + 1, start + index * step, step)
    }
    writer.ascii(']')
  }
}

function writeColumns(writer: ByteWriter, outputs: TensorMap): void {
  const parts = partsOf(outputs)
  const [only, ...others] = parts
  writer.ascii('{\n    "outputs": ')
  if (others.length === 0) {
    if (only) writeIndented(writer, only, '\n    ')
    return
  }
  writer.ascii('{')
  for (const [index, part] of parts.entries()) {
    writer.ascii(index > 0 ? ',\n        ' : '\n        ')
    writeJsonString(writer, part.alias)
    writer.ascii(': ')
    writeIndented(writer, part, '\n        ')
  }
  writer.ascii('\n    }')
}

/** A whole tensor, one element a line. `line` is the line break with the indentation where the value stands. */
function writeIndented(writer: ByteWriter, { shape, write }: Part, line: string): void {
  let next = 0
  indented(0, line)

  function indented(axis: number, outer: string): void {
    const size = shape[axis]
    if (size === undefined) {
      write(writer, next++)
      return
    }
    if (size === 0) {
      writer.ascii('[]')
      return
    }
    const inner = `${outer}    `
    for (let index = 0; index < size; index++) {
      writer.ascii(index === 0 ? '[' : ',')
      writer.ascii(inner)
      indented(axis + 1, inner)
    }
    writer.ascii(outer)
    writer.ascii(']')
  }
}
