import { createGunzip, type Gunzip } from 'node:zlib'
import type { ChannelPlan } from '../../plan/host-plan.ts'
import { ChannelError } from '../channel-error.ts'
import { channelObjects, type Reading, readManifest } from '../channel-objects.ts'
import { type Attribute, parseAugmentedManifest } from '../manifests/augmented-manifest.ts'
import { nameOf, type ObjectSource, objectBytes } from '../object-bytes.ts'
import { recordHeader, recordPadding } from './record-io.ts'

/** What a stream is made of: an object, or a text that a manifest holds. */
export type Piece =
  | { readonly kind: 'object'; readonly source: ObjectSource }
  | { readonly kind: 'text'; readonly text: string }

/** Pieces that stay together in any order: one object, or a line of an augmented manifest. */
export type StreamItem = readonly Piece[]

/**
 * What a Pipe channel holds, in order; as many as 100 bytes of memory for each. Throws as `channelObjects`, and
 * ChannelError for an augmented manifest without lines.
 */
export async function streamItems(channel: ChannelPlan, reading: Reading): Promise<StreamItem[]> {
  if (channel.source.type === 'AugmentedManifestFile') return augmentedItems(channel, reading)
  const items: StreamItem[] = []
  for await (const { bucket, key, size, localPath } of channelObjects(channel, reading)) {
    // An object that stands for a folder has no data.
    if (key.endsWith('/') && size === 0) continue
    items.push([
      { kind: 'object', source: { bucket, key, size, ...(localPath === undefined ? {} : { localPath }) } },
    ])
  }
  return items
}

async function augmentedItems({ source }: ChannelPlan, reading: Reading): Promise<StreamItem[]> {
  const text = await readManifest(source.uri, reading)
  const lines = parseAugmentedManifest(text, { uri: source.uri, attributes: source.attributes ?? [] })
  if (lines.length === 0) throw new ChannelError(`the augmented manifest ${source.uri} has no lines`)
  return lines.map((line) => line.map(pieceOf))
}

function pieceOf(attribute: Attribute): Piece {
  if (attribute.kind === 'text') return attribute
  return { kind: 'object', source: { bucket: attribute.bucket, key: attribute.key } }
}

/**
 * The bytes that the program gets of an item: decompressed, wrapped as records. Throws ChannelError that names the object,
 * and for corrupt data the byte.
 */
export async function* itemBytes(
  item: StreamItem,
  channel: Pick<ChannelPlan, 'compression' | 'recordWrapper'>,
  reading: Reading,
): AsyncGenerator<Uint8Array> {
  for (const piece of item) {
    const open = (): AsyncGenerator<Uint8Array> => pieceBytes(piece, channel.compression, reading)
    if (channel.recordWrapper === 'RecordIO') yield* recordBytes(piece, open)
    else yield* open()
  }
}

async function* pieceBytes(
  piece: Piece,
  compression: ChannelPlan['compression'],
  reading: Reading,
): AsyncGenerator<Uint8Array> {
  if (piece.kind === 'text') yield Buffer.from(piece.text)
  else if (compression === 'Gzip') yield* decompressed(piece.source, reading)
  else yield* objectBytes(piece.source, reading)
}

async function* decompressed(source: ObjectSource, reading: Reading): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  const fed = feed(gunzip, objectBytes(source, reading))
  fed.catch((error: Error) => gunzip.destroy(error))
  try {
    yield* gunzip
    await fed
  } catch (error) {
    if (!isCorrupt(error)) throw error
    const reason = `${nameOf(source)} is no valid gzip data at byte ${gunzip.bytesWritten}: ${error.message}`
    throw new ChannelError(reason, { cause: error })
  } finally {
    gunzip.destroy()
  }
}

async function feed(gunzip: Gunzip, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) {
    if (gunzip.destroyed) return
    await new Promise<void>((resolve) => gunzip.write(chunk, () => resolve()))
  }
  gunzip.end()
}

function isCorrupt(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code))
}

/** Up to so many bytes of a piece are held, to learn how many they are; a longer one is read twice. */
const heldBytes = 16 << 20

async function* recordBytes(
  piece: Piece,
  open: () => AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const name = piece.kind === 'object' ? nameOf(piece.source) : 'an attribute'
  const held = await holdShort(open())
  const size =
    held === undefined ? await countBytes(open()) : held.reduce((sum, chunk) => sum + chunk.length, 0)
  yield recordHeader(size, name)
  let given = 0
  for await (const chunk of held ?? open()) {
    given += chunk.length
    yield chunk
  }
  if (given !== size) throw new ChannelError(`${name} changed while it was read`)
  if (size % 4 !== 0) yield recordPadding(size)
}

/** All of it, or undefined when it is long. */
async function holdShort(bytes: AsyncGenerator<Uint8Array>): Promise<Uint8Array[] | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    chunks.push(chunk)
    size += chunk.length
    if (size > heldBytes) return undefined
  }
  return chunks
}

async function countBytes(bytes: AsyncGenerator<Uint8Array>): Promise<number> {
  let size = 0
  for await (const chunk of bytes) size += chunk.length
  return size
}
