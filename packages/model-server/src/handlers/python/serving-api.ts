import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const filesLimit = 2_000
const bytesLimit = 32 * 1024 * 1024

/**
 * Whether code speaks of `tensorflow_serving`, whose package the container has, and does not bring it along. What is
 * beyond thousands of files is not looked at.
 */
export async function needsServingApi(codeDirectory: string): Promise<boolean> {
  const left = { files: filesLimit, bytes: bytesLimit }
  const brought = await readdir(join(codeDirectory, 'lib', 'tensorflow_serving')).catch(() => undefined)
  return brought === undefined && (await mentions(codeDirectory, left))
}

async function mentions(directory: string, left: { files: number; bytes: number }): Promise<boolean> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(directory, entry.name)
    if (entry.isDirectory() && (await mentions(path, left))) return true
    if (!entry.isFile() || !entry.name.endsWith('.py')) continue
    if (left.files-- <= 0 || left.bytes <= 0) return false
    const text = await readFile(path).catch(() => Buffer.alloc(0))
    left.bytes -= text.length
    if (text.includes('tensorflow_serving')) return true
  }
  return false
}
