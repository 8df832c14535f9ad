import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChannelPlan } from '../../plan/host-plan.ts'
import type { Reading } from '../channel-objects.ts'
import { epochOrder, type Share } from '../epoch-order.ts'
import { type ObjectSource, objectBytes } from '../object-bytes.ts'
import { type FifoWriter, makeFifo, openFifo } from './fifo.ts'
import { sendFile } from './send-file.ts'
import { itemBytes, type StreamItem } from './stream-items.ts'

export interface PipeChannel {
  readonly plan: ChannelPlan
  readonly items: readonly StreamItem[]
  /** Where the pipes are: `<directory>/<channel>_<epoch>`. */
  readonly directory: string
  readonly share: Share
  /** With it, large files of this machine go into the pipe without a copy; see `sendFile`. */
  readonly python?: string
}

/** Small objects are written together. */
const writeBytes = 256 << 10
/** From this size on, a file is worth a process that sends it. */
const sentFromBytes = 16 << 20

export const fifoPath = ({ plan, directory }: PipeChannel, epoch: number): string =>
  join(directory, `${plan.name}_${epoch}`)

/**
 * Gives the channel's data to whoever opens its pipes, for as many epochs as are asked for. The pipe of epoch 0 must be there;
 * the next one is made as soon as one is opened, and can be read beside it: a program may have several iterators, or
 * have forked processes that hold a pipe open which nobody reads any more. A reader that closes early gets the next epoch
 * when it opens it. Each open pipe takes constant memory. Rejects when the signal fires, and with ChannelError when data
 * cannot be had: the pipe is then still open, so that the program cannot take what it got for the whole, until the signal
 * fires.
 */
export async function feedChannel(channel: PipeChannel, reading: Reading): Promise<never> {
  const failed = new AbortController()
  const either = { ...reading, signal: AbortSignal.any([reading.signal, failed.signal]) }
  for (let epoch = 0; ; epoch += 1) {
    const writer = await openFifo(fifoPath(channel, epoch), either.signal)
    reading.signal.addEventListener('abort', writer.close, { once: true })
    const next = makeFifo(fifoPath(channel, epoch + 1))
    void feedEpoch(channel, { epoch, writer, next }, either).then(
      () => reading.signal.removeEventListener('abort', writer.close),
      (error: unknown) => failed.abort(error),
    )
    await next
  }
}

interface OpenEpoch {
  readonly epoch: number
  readonly writer: FifoWriter
  /** Resolves when the pipe of the next epoch is there. */
  readonly next: Promise<void>
}

/** Data does not wait for the next pipe, but its end does: who has read it finds the next one. */
async function feedEpoch(channel: PipeChannel, open: OpenEpoch, reading: Reading): Promise<void> {
  await writeEpoch(channel, open, reading)
  await open.next
  await open.writer.end()
  await unlink(fifoPath(channel, open.epoch)).catch(() => {})
}

async function writeEpoch(
  channel: PipeChannel,
  { epoch, writer }: Pick<OpenEpoch, 'epoch' | 'writer'>,
  reading: Reading,
): Promise<void> {
  const { plan, items, share, python } = channel
  const seed = plan.shuffleSeed
  const isSharded = plan.source.distribution === 'ShardedByS3Key'
  const order = epochOrder(items, { seed, epoch, share: isSharded ? share : undefined })
  for await (const part of inBatches(allParts(order, channel, reading))) {
    reading.signal.throwIfAborted()
    const isRead =
      part instanceof Uint8Array
        ? await writer.write(part)
        : await writeFile({ ...part, python }, writer, reading)
    if (!isRead) return
  }
}

/** What goes into the pipe: bytes, or the whole of a file on this machine. */
type Part = Uint8Array | LocalFile
type LocalFile = ObjectSource & { readonly localPath: string }

async function* allParts(
  items: readonly StreamItem[],
  { plan, python }: PipeChannel,
  reading: Reading,
): AsyncGenerator<Part> {
  for (const item of items) {
    const file = python === undefined ? undefined : largeFile(item, plan)
    if (file) yield file
    else yield* itemBytes(item, plan, reading)
  }
}

/** The file that holds all that the program gets of an item, if it is a large one. */
function largeFile(item: StreamItem, { compression, recordWrapper }: ChannelPlan): LocalFile | undefined {
  const [piece] = item
  if (item.length !== 1 || piece?.kind !== 'object') return undefined
  if (compression === 'Gzip' || recordWrapper === 'RecordIO') return undefined
  const { localPath, size = 0 } = piece.source
  return localPath === undefined || size < sentFromBytes ? undefined : { ...piece.source, localPath }
}

/** False when the reader has closed the pipe. */
async function writeFile(
  { python, ...file }: LocalFile & { readonly python: string | undefined },
  writer: FifoWriter,
  reading: Reading,
): Promise<boolean> {
  const { signal } = reading
  const sent =
    python === undefined ? 0 : await sendFile(writer.descriptor, file.localPath, { python, signal })
  if (sent === file.size) return true
  for await (const bytes of objectBytes(file, reading, sent)) {
    signal.throwIfAborted()
    if (!(await writer.write(bytes))) return false
  }
  return true
}

async function* inBatches(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const part of parts) {
    const isBytes = part instanceof Uint8Array
    if (isBytes) {
      held.push(part)
      size += part.length
      if (size < writeBytes) continue
    }
    if (size > 0) yield isBytes && held.length === 1 ? part : Buffer.concat(held)
    held = []
    size = 0
    if (!isBytes) yield part
  }
  if (size > 0) yield Buffer.concat(held)
}
