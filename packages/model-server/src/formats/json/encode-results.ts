import type { Classification } from '../../prediction/example-methods.ts'
import type { Tensor } from '../../tensor.ts'
import { ByteWriter } from './writing/byte-writer.ts'
import { elementWriter } from './writing/write-tensor.ts'

/** `{"results": [[["label", score], …], …]}`; without classes the labels are empty, without scores the scores are 0. */
export function encodeClassification({ classes, scores, batch, perExample }: Classification): Uint8Array {
  const writer = new ByteWriter()
  const writeLabel = classes && elementWriter(classes, false)
  const writeScore = scores && elementWriter(scores, false)
  writer.ascii('{\n    "results": [')
  for (let example = 0; example < batch; example++) {
    writer.ascii(example > 0 ? ', [' : '[')
    for (let index = 0; index < perExample; index++) {
      writer.ascii(index > 0 ? ', [' : '[')
      if (writeLabel) writeLabel(writer, example * perExample + index)
      else writer.ascii('""')
      writer.ascii(', ')
      if (writeScore) writeScore(writer, example * perExample + index)
      else writer.ascii('0.0')
      writer.ascii(']')
    }
    writer.ascii(']')
  }
  writer.ascii('\n    ]\n}')
  return writer.finish()
}

/** `{"results": [v, …]}` of [batch] or [batch, 1]. */
export function encodeRegression(values: Tensor): Uint8Array {
  const writer = new ByteWriter()
  const write = elementWriter(values, false)
  writer.ascii('{\n    "results": [')
  for (let index = 0; index < (values.shape[0] ?? 0); index++) {
    if (index > 0) writer.ascii(', ')
    write(writer, index)
  }
  writer.ascii('\n    ]\n}')
  return writer.finish()
}
