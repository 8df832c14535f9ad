import { ChannelError } from './channel-error.ts'

export interface ChannelPath {
  /** Relative to the channel's folder, `/` between parts; empty for the folder itself. */
  readonly path: string
  /** An object whose key ends in `/` stands for a folder. */
  readonly folder: boolean
}

/**
 * Which file an object of an S3Prefix channel becomes: below a folder prefix, the key without the prefix. An
 * object that is the prefix itself, or only continues its last part (`train` → `train.csv`), keeps its name.
 * Throws ChannelError for a key that is no path below the folder.
 */
export function channelPath(prefix: string, key: string): ChannelPath {
  const parts = restOfKey(prefix, key)
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  const folder = key.endsWith('/')
  if (parts.includes('..')) throw new ChannelError(`the key ${JSON.stringify(key)} leads out of its folder`)
  if (key.includes('\0') || (parts.length === 0 && !folder))
    throw new ChannelError(`the key ${JSON.stringify(key)} is no file name`)
  return { path: parts.join('/'), folder }
}

function restOfKey(prefix: string, key: string): string {
  if (prefix === '' || prefix.endsWith('/')) return key.slice(prefix.length)
  if (key.startsWith(`${prefix}/`)) return key.slice(prefix.length + 1)
  return key.slice(prefix.lastIndexOf('/') + 1)
}
