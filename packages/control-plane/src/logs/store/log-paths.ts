import { createHash } from 'node:crypto'

// <data>/logs/
//   <group>/group.json      GroupFile
//   <group>/<stream>.log    a header line, then one line per event (event-line.ts)
//   <group>/.new-…          a file on its way to its place; what a crash left there is overwritten by the next
//   .deleted-…              a group on its way out; swept at the start
//
// `<group>` and `<stream>` are the names, percent-encoded but for letters, digits, `-`, `_` and inner dots. A name too
// long for a file system is cut, and ends in `~` and a hash.

export const groupFileName = 'group.json'
export const streamSuffix = '.log'
export const newPrefix = '.new-'
export const deletedPrefix = '.deleted-'

/** File systems take 255 bytes; some room is left for the suffix. */
const maxBytes = 200
const keptBytes = 150

/** Safe as the name of a file or folder; different names never meet in one. */
export function escapeName(name: string): string {
  // Through a buffer, since encodeURIComponent refuses half a surrogate pair.
  const escaped = encodeURIComponent(Buffer.from(name).toString())
    .replace(/[!~*'()]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^\./, '%2E')
  if (escaped.length <= maxBytes) return escaped
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 32)
  return `${escaped.slice(0, keptBytes)}~${hash}`
}

/** Undefined for a cut name, which only the file's own header knows. */
export function unescapeName(escaped: string): string | undefined {
  return escaped.includes('~') ? undefined : decodeURIComponent(escaped)
}
