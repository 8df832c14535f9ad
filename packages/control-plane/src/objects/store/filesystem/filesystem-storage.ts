import { resolve } from 'node:path'
import type { Database as SqliteDatabase } from 'better-sqlite3'
import type { Storage } from '../storage.ts'
import { ObjectFiles } from './files/object-files.ts'
import { FilesystemObjects } from './filesystem-objects.ts'
import { FilesystemUploads } from './filesystem-uploads.ts'
import { GroupCommit } from './index/group-commit.ts'
import { ObjectIndex } from './index/object-index.ts'
import { UploadIndex } from './index/upload-index.ts'
import { sweepDataFolders } from './sweep-data-folders.ts'

export interface FilesystemStorageOptions {
  /** Open already; WAL with synchronous FULL makes acknowledged writes durable. */
  readonly database: SqliteDatabase
  /** The data directory: objects go below its `objects/` and `uploads/`. */
  readonly directory: string
}

/** Objects on this machine, after what a killed server may have left is swept. Only one may be open per directory. */
export async function openFilesystemStorage(options: FilesystemStorageOptions): Promise<Storage> {
  const parts = {
    files: await ObjectFiles.open(resolve(options.directory)),
    index: new ObjectIndex(options.database),
    uploads: new UploadIndex(options.database),
    commits: new GroupCommit(options.database),
  }
  await sweepDataFolders(parts)
  const objects = new FilesystemObjects(parts)
  return { buckets: objects, objects, uploads: new FilesystemUploads(parts, objects) }
}
