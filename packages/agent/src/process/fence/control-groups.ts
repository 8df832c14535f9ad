import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where control groups may be made, by what they control. Source: cgroups(7). */
export interface Hierarchy {
  readonly version: 1 | 2
  /** `memory`, `cpu,cpuacct`, …; of version 2 all at once. */
  readonly controllers: readonly string[]
  /** Folders to try, the nearest to this process first: limits that hold for it hold for the new group as well. */
  readonly parents: readonly string[]
}

/** None outside of Linux. */
export async function findHierarchies(): Promise<readonly Hierarchy[]> {
  try {
    const [mounts, own] = await Promise.all([
      readFile('/proc/self/mountinfo', 'utf8'),
      readFile('/proc/self/cgroup', 'utf8'),
    ])
    return hierarchies(mounts, own)
  } catch {
    return []
  }
}

/**
 * Mounts (`36 35 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory`) and this process's own groups
 * (`4:memory:/user`, `0::/user.slice/session.scope`) → hierarchies.
 */
export function hierarchies(mountinfo: string, ownGroups: string): readonly Hierarchy[] {
  const own = new Map(
    ownGroups.split('\n').flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
      return controllers === undefined || path === undefined ? [] : [[controllers, path] as const]
    }),
  )
  return mountinfo.split('\n').flatMap((line) => hierarchy(line, own) ?? [])
}

function hierarchy(line: string, own: ReadonlyMap<string, string>): Hierarchy | undefined {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , root = '/', place = ''] = before.split(' ')
  const [type, , options = ''] = after.split(' ')
  if (type === 'cgroup2') return { version: 2, controllers: [], parents: parentsAt(place, root, own.get('')) }
  if (type !== 'cgroup') return undefined
  const names = options.split(',')
  const found = [...own].find(([controllers]) => controllers.split(',').every((name) => names.includes(name)))
  if (found === undefined || found[0] === '') return undefined
  const [controllers, path] = found
  return { version: 1, controllers: controllers.split(','), parents: parentsAt(place, root, path) }
}

/** `root` is what of the hierarchy the mount shows. */
function parentsAt(place: string, root: string, path = '/'): readonly string[] {
  const shown = root === '/' ? path : path.startsWith(root) ? path.slice(root.length) : '/'
  const own = withoutSlash(join(place, shown))
  return [...new Set([own, own === place ? place : dirname(own), place])]
}

const withoutSlash = (path: string) => path.replace(/(.)\/$/, '$1')
