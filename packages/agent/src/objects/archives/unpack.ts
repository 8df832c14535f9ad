import { mkdir } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, type ReadEntry } from 'tar'
import { refusal } from './tar-safety.ts'

/** An archive that is broken or must not be unpacked: the message says why. */
export class ArchiveError extends Error {}

export interface UnpackLimits {
  /** All files together, as unpacked. */
  readonly bytes: number
  readonly entries: number
}

/**
 * Unpacks a tar archive, compressed or not, into `directory`, which is made if need be. Owners and set-id
 * bits are not taken over. Stops at the first entry that is refused; what was unpacked before stays.
 * Throws ArchiveError; errors of the source and of the file system pass through.
 */
export async function unpack(source: Readable, directory: string, limits: UnpackLimits): Promise<void> {
  await mkdir(directory, { recursive: true })
  const check = checker(limits)
  const unpacker = extract({
    cwd: directory,
    strict: true,
    preserveOwner: false,
    // The limit below bounds what a small archive may become.
    maxDecompressionRatio: Number.POSITIVE_INFINITY,
    filter: (_path, entry) => {
      if ('header' in entry && isRoot(entry.path)) return false
      const reason = 'header' in entry ? check(entry) : undefined
      if (reason !== undefined) unpacker.abort(new ArchiveError(reason))
      return reason === undefined
    },
  })
  try {
    await pipeline(source, unpacker)
  } catch (error) {
    throw archiveError(error)
  }
}

/** The folder itself, as archives made of a whole folder name it: the SageMaker SDK's have `/`. */
const isRoot = (path: string): boolean => /^\.?\/*$/.test(path)

/** Says why an entry is refused, counting on; limits what is taken over of its mode. */
function checker(limits: UnpackLimits): (entry: ReadEntry) => string | undefined {
  let bytes = 0
  let entries = 0
  return (entry) => {
    const { path, type, size, linkpath } = entry
    bytes += size
    entries += 1
    if (entry.mode !== undefined) entry.mode = (entry.mode & 0o777) | 0o600
    if (bytes > limits.bytes) return `the archive holds more than ${limits.bytes} bytes`
    if (entries > limits.entries) return `the archive holds more than ${limits.entries} entries`
    return refusal({ path, type, size, ...(linkpath === undefined ? {} : { linkPath: linkpath }) })
  }
}

/** What the machine, not the archive, is to blame for. */
const machineErrors: readonly string[] = [
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'EACCES',
  'EROFS',
  'EPERM',
]

/** Errors of node-tar and zlib are about the archive; others keep their own class. */
function archiveError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ArchiveError) return error
  const code = 'code' in error ? String(error.code) : ''
  const isAboutArchive = ('tarCode' in error && !machineErrors.includes(code)) || code.startsWith('Z_')
  if (!isAboutArchive) return error
  const detail =
    'syscall' in error ? `an entry cannot be made (${code})` : error.message.replace(/^TAR_\w+: /, '')
  return new ArchiveError(`the archive is broken: ${detail}`, { cause: error })
}
