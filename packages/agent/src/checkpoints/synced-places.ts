import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { clientError, HostFailure, messageOf } from '../failure-reason.ts'
import { hostFiles } from '../host-files.ts'
import type { SyncedFolder } from '../host-plan.ts'

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
 * Makes the empty folders of this machine that synced folders are bound over. One that holds something the job itself
 * needs is refused. Throws HostFailure.
 */
export async function makePlaces(targets: readonly string[], needed: readonly string[]): Promise<void> {
  for (const target of targets) {
    const hidden = needed.find((path) => path === target || path.startsWith(`${target}/`))
    if (hidden !== undefined) throw refused(target, `it holds ${hidden} on this machine`)
    // An /opt of the program's own takes any folder.
    if (target.startsWith('/opt/') && !(await isThere('/opt/ml'))) continue
    await mkdir(target, { recursive: true }).catch((error: unknown) => {
      throw refused(target, messageOf(error))
    })
  }
}

const isOutside = (path: string): boolean => !`${path}/`.startsWith('/opt/ml/')

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

function refused(path: string, why: string): HostFailure {
  return new HostFailure(clientError(`The LocalPath ${path} cannot be had, choose one below /opt/ml: ${why}`))
}
