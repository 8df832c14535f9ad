import type { Reading } from '../../channel-objects.ts'
import { nameOf } from '../../object-bytes.ts'
import type { PipeChannel } from '../feed-channel.ts'
import { itemBytes } from '../stream-items.ts'
import { findCorruption, type RecordFormat } from './find-corruption.ts'

/**
 * A program that reads a stream can tell no more than that it is broken. This looks at the objects behind the channels and
 * says which of them is, and where: `s3://bucket/key is corrupt: a record … that begins at byte 1234`. Undefined
 * when all are sound, or when what the program said is not about records.
 */
export async function nameCorruption(
  channels: readonly PipeChannel[],
  said: string,
  reading: Reading,
): Promise<string | undefined> {
  const format = formatOf(said)
  if (format === undefined) return undefined
  for (const { plan, items } of channels) {
    // Records that were made on the way are sound, whatever they hold.
    if (plan.recordWrapper !== undefined) continue
    for (const item of items) {
      reading.signal.throwIfAborted()
      const [piece] = item
      if (piece?.kind !== 'object') continue
      const found = await findCorruption(itemBytes(item, plan, reading), format)
      if (found) return `${nameOf(piece.source)} is corrupt: ${found.what} at byte ${found.position}`
    }
  }
  return undefined
}

/** Source: TensorFlow's `record_reader.cc`, and `sagemaker_tensorflow`. */
function formatOf(said: string): RecordFormat | undefined {
  if (/RecordIO/.test(said)) return 'RecordIO'
  return /(corrupted|truncated) record/.test(said) ? 'TFRecord' : undefined
}
