import type { ProtobufReader } from '../../formats/protobuf.ts'
import type { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'
import type { Classification } from '../../prediction/example-methods.ts'
import { invalidArgument } from '../../status.ts'
import { alignedData, type Tensor } from '../../tensor.ts'

/**
 * Input { example_list 1 { examples 1 }, example_list_with_context 2 { examples 1, context 2 } } → serialized
 * examples, not decoded: a context's bytes before an example's merge with them, and the example's features win.
 */
export function readExamples(reader: ProtobufReader | undefined): readonly Uint8Array[] {
  let examples: Uint8Array[] = []
  while (reader?.next()) {
    if (reader.field === 1 || reader.field === 2) examples = readList(reader.message())
    else reader.skip()
  }
  if (examples.length === 0) throw invalidArgument('Input is empty.')
  return examples
}

function readList(reader: ProtobufReader): Uint8Array[] {
  const examples: Uint8Array[] = []
  let context = new Uint8Array(0)
  while (reader.next()) {
    if (reader.field === 1) examples.push(reader.bytes())
    else if (reader.field === 2) context = reader.bytes() as Uint8Array<ArrayBuffer>
    else reader.skip()
  }
  return context.length === 0 ? examples : examples.map((example) => Buffer.concat([context, example]))
}

/** ClassificationResult { classifications 1 { classes 1 { label 1, score 2 } } }. */
export function writeClassification(writer: WireWriter, field: number, result: Classification): void {
  const { classes, scores, batch, perExample } = result
  const labels = classes?.dtype === 'string' ? classes.data : undefined
  const numbers = scores && floats(scores)
  const writeClass = (place: number): void => {
    const label = labels?.[place]
    if (label && label.length > 0) writer.bytesField(1, label)
    if (numbers) writer.floatField(2, numbers[place] ?? 0)
  }
  const writeRow = (row: number): void => {
    for (let column = 0; column < perExample; column++) {
      writer.message(1, () => writeClass(row * perExample + column))
    }
  }
  writer.message(field, () => {
    for (let row = 0; row < batch; row++) writer.message(1, () => writeRow(row))
  })
}

/** RegressionResult { regressions 1 { value 1 } }. */
export function writeRegression(writer: WireWriter, field: number, result: Tensor): void {
  writer.message(field, () => {
    for (const value of floats(result)) writer.message(1, () => writer.floatField(1, value))
  })
}

function floats(tensor: Tensor): Float32Array {
  if (tensor.dtype !== 'float32') throw invalidArgument(`Expected floats. Got: ${tensor.dtype}`)
  const bytes = alignedData(tensor)
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}
