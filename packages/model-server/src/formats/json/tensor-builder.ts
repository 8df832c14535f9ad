import { dataTypeOf } from '../../data-types.ts'
import type { TensorInfo } from '../../servable.ts'
import { invalidArgument } from '../../status.ts'
import { byteWidth, elementCount, shapeText, type Tensor } from '../../tensor.ts'
import { elementWriters, stringElement, typeError, unsupportedType } from './element-writers.ts'
import { renderJson } from './parsing/render.ts'
import { kind, type Tape } from './parsing/tape.ts'

/** Deeper lists are refused: TensorFlow Serving itself can be crashed by them (CVE-2025-0649). */
const maxRank = 64

/** Collects a tensor's elements from one or many JSON values; all errors are StatusError with TensorFlow Serving's texts. */
export interface TensorBuilder {
  /** The shape that a value's chain of first children shows. */
  shapeOf(row: number): number[]
  /** Appends a dense value of that shape; the number of elements. */
  append(row: number, shape: readonly number[]): number
  finish(shape: readonly number[]): Tensor
}

export function tensorBuilder(tape: Tape, info: TensorInfo): TensorBuilder {
  const elements = elementSink(tape, info)
  return { shapeOf: (row) => denseShape(tape, row), append, finish: elements.finish }

  function append(row: number, shape: readonly number[]): number {
    elements.reserve(elementCount(shape))
    return fill(row, shape, 0)
  }

  function fill(row: number, shape: readonly number[], level: number): number {
    if (tape.kind(row) !== kind.array) {
      if (level !== shape.length) throw wrongLevel(tape, row, level + 1, shape.length)
      elements.add(row)
      return 1
    }
    if (level >= shape.length) {
      throw invalidArgument(`Encountered list at unexpected level: ${level} expected < ${shape.length}`)
    }
    const [size, expected] = [tape.size(row), shape[level] ?? 0]
    if (size !== expected) {
      throw invalidArgument(
        `Encountered list at unexpected size: ${size} at level: ${level} expected size: ${expected}`,
      )
    }
    let count = 0
    const end = tape.next(row)
    for (let child = row + 1; child < end; child = tape.next(child)) count += fill(child, shape, level + 1)
    return count
  }
}

function denseShape(tape: Tape, row: number): number[] {
  const shape: number[] = []
  for (let at = row; tape.kind(at) === kind.array; at++) {
    shape.push(tape.size(at))
    if (shape.length > maxRank)
      throw invalidArgument(`JSON lists nested deeper than ${maxRank} levels are refused`)
    if (tape.size(at) === 0) break
  }
  return shape
}

function wrongLevel(tape: Tape, row: number, level: number, rank: number) {
  const value = renderJson(tape, row)
  return invalidArgument(
    `JSON Value: ${value} found at incorrect level: ${level} in the JSON DOM. Expected at level: ${rank}`,
  )
}

interface ElementSink {
  reserve(count: number): void
  add(row: number): void
  finish(shape: readonly number[]): Tensor
}

function elementSink(tape: Tape, info: TensorInfo): ElementSink {
  const { dtype } = info
  if (dtype === undefined) {
    return {
      reserve: () => undefined,
      add: (row) => {
        throw unsupportedType(tape, row, info)
      },
      finish: (shape) => ({ dtype: 'string', shape, data: [] }),
    }
  }
  return dtype === 'string' ? stringSink(tape) : numericSink(tape, dtype, dataTypeOf(info.typeCode).name)
}

function stringSink(tape: Tape): ElementSink {
  const data: Uint8Array[] = []
  return {
    reserve: () => undefined,
    add: (row) => data.push(stringElement(tape, row)),
    finish: (shape) => ({ dtype: 'string', shape, data }),
  }
}

function numericSink(
  tape: Tape,
  dtype: Exclude<TensorInfo['dtype'], 'string' | undefined>,
  name: string,
): ElementSink {
  const width = byteWidth[dtype]
  const write = elementWriters[dtype]
  let bytes = new Uint8Array(64)
  let view = new DataView(bytes.buffer)
  let count = 0
  return {
    // No value is shorter than two characters with its separator: a shape cannot ask for more than the text holds.
    reserve(more) {
      const needed = Math.min(count + more, count + tape.length) * width
      if (needed <= bytes.length) return
      const larger = new Uint8Array(Math.max(needed, bytes.length * 2))
      larger.set(bytes.subarray(0, count * width))
      bytes = larger
      view = new DataView(bytes.buffer)
    },
    add(row) {
      if (!write(view, count, tape, row)) throw typeError(tape, row, name)
      count++
    },
    finish: (shape) => ({ dtype, shape, data: bytes.subarray(0, count * width) }),
  }
}

export function checkSameSize(
  previous: { count: number; shape: readonly number[] },
  count: number,
  shape: readonly number[],
): void {
  if (count !== previous.count) {
    throw invalidArgument(`Expecting tensor size: ${previous.count} but got: ${count}`)
  }
  const [expected, got] = [shapeText(previous.shape), shapeText(shape)]
  if (expected !== got) throw invalidArgument(`Expecting shape ${expected} but got: ${got}`)
}
