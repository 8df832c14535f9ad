import { open } from 'node:fs/promises'

const tailBytes = 256 * 1024

/** The last part of what was written to the file since it was `fromByte` long. */
export async function outputTail(path: string, fromByte: number): Promise<string> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const start = Math.max(fromByte, size - tailBytes)
  const length = Math.max(0, size - start)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start)
  return buffer.toString('utf8', 0, bytesRead)
}
