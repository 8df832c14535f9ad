import { dirname } from 'node:path'
import { dataFault } from '../channels/channel-failure.ts'
import { clientError, HostFailure, internalServerError, messageOf } from '../failure-reason.ts'
import type { Host } from '../host/host.ts'
import type { SyncedFolder, TrainPlan } from '../plan/host-plan.ts'
import { type FolderSync, syncFolder } from './sync-folder.ts'
import { realFolder } from './synced-places.ts'

/**
 * Keeps S3 like each of the plan's folders until `finish`, which every one of them gets, whatever becomes of the others.
 * `mlRoot` is the real folder behind /opt/ml. Throws HostFailure.
 */
export async function syncFolders(plan: TrainPlan, host: Host, mlRoot: string): Promise<FolderSync> {
  const begun: FolderSync[] = []
  for (const folder of plan.syncedFolders ?? []) {
    const begin = syncFolder({
      client: host.objects,
      uri: folder.uri,
      folder: realFolder(mlRoot, folder),
      root: dirname(mlRoot),
      twoWay: folder.twoWay,
      say: (line) => host.log.note(`${folder.path} is not in ${folder.uri} yet: ${line}`),
      signal: host.stop,
    })
    const sync = await begin.catch((error: unknown) => {
      host.stop.throwIfAborted()
      throw failure('download', folder, error)
    })
    begun.push({
      finish: () => sync.finish().catch((error: unknown) => Promise.reject(failure('upload', folder, error))),
    })
  }
  return {
    async finish() {
      const ends = await Promise.allSettled(begun.map((sync) => sync.finish()))
      const failed = ends.find((end) => end.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

function failure(way: 'download' | 'upload', { path, uri }: SyncedFolder, error: unknown): HostFailure {
  const fault = dataFault(uri, error)
  const text = `Checkpoint ${way} failed:${uri} (${path}): ${fault ?? messageOf(error)}`
  return new HostFailure(fault === undefined ? internalServerError(text) : clientError(text), {
    cause: error,
  })
}
