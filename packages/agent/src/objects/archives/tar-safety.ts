import { posix } from 'node:path'

/** What a tar header says of an entry. */
export interface TarEntry {
  readonly path: string
  readonly type: string
  readonly size: number
  readonly linkPath?: string
}

const harmlessTypes: readonly string[] = ['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir']

/**
 * Why an entry of a foreign archive must not be unpacked; undefined when it may be. Only files, folders and
 * links are taken, and nothing that leads out of the folder it is unpacked into. Links may climb at the start
 * of their target only, by as many levels as they are deep: further on, `..` could climb from the place that
 * another link leads to.
 */
export function refusal(entry: TarEntry): string | undefined {
  const name = JSON.stringify(entry.path)
  if (leadsOut(entry.path)) return `the entry ${name} leads out of the archive`
  if (harmlessTypes.includes(entry.type)) return undefined
  if (entry.type === 'SymbolicLink')
    return symbolicLinkLeadsOut(entry.path, entry.linkPath ?? '')
      ? `the link ${name} leads out of the archive`
      : undefined
  if (entry.type === 'Link')
    return leadsOut(entry.linkPath ?? '') ? `the link ${name} leads out of the archive` : undefined
  return `the entry ${name} is neither file, folder nor link (${entry.type})`
}

function leadsOut(path: string): boolean {
  return posix.isAbsolute(path) || path.includes('\0') || path.split('/').includes('..')
}

function symbolicLinkLeadsOut(path: string, target: string): boolean {
  if (posix.isAbsolute(target) || target.includes('\0')) return true
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const climbs = parts.findIndex((part) => part !== '..')
  const up = climbs < 0 ? parts.length : climbs
  return parts.slice(up).includes('..') || up > depthOf(path)
}

/** How many folders lie between the archive's root and the entry. */
function depthOf(path: string): number {
  return posix.normalize(path).replace(/\/$/, '').split('/').length - 1
}
