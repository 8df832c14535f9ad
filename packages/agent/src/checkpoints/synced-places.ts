import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { clientError, HostFailure, messageOf } from '../failure-reason.ts'
import { hostFiles } from '../host/host-files.ts'
import type { SyncedFolder } from '../plan/host-plan.ts'

/** Where a synced folder really lies, for the real folder behind /opt/ml. */
export function realFolder(mlRoot: string, { path }: Pick<SyncedFolder, 'path'>): string {
  return isOutside(path)
    ? join(dirname(mlRoot), hostFiles.synced, path)
    : join(mlRoot, relative('/opt/ml', path))
}

/** What must be bound for the program to find its synced folders: those that /opt/ml does not hold. */
export function outsideBinds(
  mlRoot: string,
  folders: readonly Pick<SyncedFolder, 'path'>[] = [],
): readonly { readonly source: string; readonly target: string }[] {
  return folders
    .filter(({ path }) => isOutside(path))
    .map((folder) => ({ source: realFolder(mlRoot, folder), target: folder.path }))
}

/**
 * Makes the empty folders of this machine that synced folders are bound over. `note` is told, before any is made, of the
 * commands that remove them again. One that holds something the job itself needs is refused. Throws HostFailure.
 */
export async function makePlaces(
  targets: readonly string[],
  {
    needed,
    note,
  }: { readonly needed: readonly string[]; readonly note: (removals: string[][]) => Promise<void> },
): Promise<void> {
  for (const target of targets) {
    const hidden = needed.find((path) => path === target || path.startsWith(`${target}/`))
    if (hidden !== undefined) throw refused(target, `it holds ${hidden} on this machine`)
  }
  // An /opt of the program's own takes any folder.
  const isOwn = !(await isThere('/opt/ml'))
  const real = targets.filter((target) => !(isOwn && target.startsWith('/opt/')))
  const missing = await Promise.all(real.map(firstMissing))
  const removals = real.flatMap((target, index) => {
    const first = missing[index]
    return first === undefined ? [] : [removalOf(target, first)]
  })
  if (removals.length > 0) await note(removals)
  for (const target of real)
    await mkdir(target, { recursive: true }).catch((error: unknown) => {
      throw refused(target, messageOf(error))
    })
}

/** The outermost folder that has to be made for the target to be there. */
async function firstMissing(target: string): Promise<string | undefined> {
  if (await isThere(target)) return undefined
  return (await firstMissing(dirname(target))) ?? target
}

/**
 * Removes the folders from `first` down to `target` where they are empty, and no other job has something bound over the
 * target: it would be torn out. In /proc/…/mountinfo, a blank is `\\040`.
 */
const removalOf = (target: string, first: string): string[] => {
  const mounted = target.replaceAll(
    /[\\\s]/g,
    (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
  return ['/bin/sh', '-c', removalScript, 'sh', target, first, ` ${mounted} `]
}

const removalScript = `
PATH=/usr/bin:/bin
! grep -qsF "$3" /proc/[0-9]*/mountinfo || exit 0
place=$1
while rmdir "$place" 2>/dev/null && [ "$place" != "$2" ]; do place=\${place%/*}; done
exit 0
`

const isOutside = (path: string): boolean => !`${path}/`.startsWith('/opt/ml/')

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

function refused(path: string, why: string): HostFailure {
  return new HostFailure(clientError(`The LocalPath ${path} cannot be had, choose one below /opt/ml: ${why}`))
}
