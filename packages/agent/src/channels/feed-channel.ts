import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChannelPlan } from '../host-plan.ts'
import type { Reading } from './channel-objects.ts'
import { epochOrder, type Share } from './epoch-order.ts'
import { type FifoWriter, makeFifo, openFifo } from './fifo.ts'
import { itemBytes, type StreamItem } from './stream-items.ts'

export interface PipeChannel {
  readonly plan: ChannelPlan
  readonly items: readonly StreamItem[]
  /** Where the pipes are: `<directory>/<channel>_<epoch>`. */
  readonly directory: string
  readonly share: Share
}

/** Small objects are written together. */
const writeBytes = 256 << 10

export const fifoPath = ({ plan, directory }: PipeChannel, epoch: number): string =>
  join(directory, `${plan.name}_${epoch}`)

/**
 * Gives the channel's data to whoever opens its pipes, one after the other, for as many epochs as are asked for. The pipe of
 * epoch 0 must be there; the next one is made as soon as one is opened. A reader that closes early gets the next epoch
 * when it opens it. In constant memory. Rejects when the signal fires, and with ChannelError when data cannot be had: the pipe is
 * then still open, so that the program cannot take what it got for the whole, until the signal fires.
 */
export async function feedChannel(channel: PipeChannel, reading: Reading): Promise<never> {
  for (let epoch = 0; ; epoch += 1) {
    const path = fifoPath(channel, epoch)
    const writer = await openFifo(path, reading.signal)
    reading.signal.addEventListener('abort', writer.close, { once: true })
    // Data does not wait for the next pipe, but its end does: who has read it finds the next one.
    const next = makeFifo(fifoPath(channel, epoch + 1))
    next.catch(() => {})
    await writeEpoch(channel, { epoch, writer }, reading)
    await next
    await writer.end()
    reading.signal.removeEventListener('abort', writer.close)
    await unlink(path).catch(() => {})
  }
}

async function writeEpoch(
  channel: PipeChannel,
  { epoch, writer }: { readonly epoch: number; readonly writer: FifoWriter },
  reading: Reading,
): Promise<void> {
  const { plan, items, share } = channel
  const seed = plan.shuffleSeed
  const isSharded = plan.source.distribution === 'ShardedByS3Key'
  const order = epochOrder(items, { seed, epoch, share: isSharded ? share : undefined })
  for await (const bytes of inBatches(allBytes(order, plan, reading))) {
    reading.signal.throwIfAborted()
    if (!(await writer.write(bytes))) return
  }
}

async function* allBytes(
  items: readonly StreamItem[],
  plan: ChannelPlan,
  reading: Reading,
): AsyncGenerator<Uint8Array> {
  for (const item of items) yield* itemBytes(item, plan, reading)
}

async function* inBatches(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    held.push(chunk)
    size += chunk.length
    if (size < writeBytes) continue
    yield held.length === 1 ? chunk : Buffer.concat(held)
    held = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(held)
}
