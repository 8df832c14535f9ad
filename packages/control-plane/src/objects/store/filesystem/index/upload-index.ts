import type { Database as SqliteDatabase } from 'better-sqlite3'
import { afterKey, afterPrefix, compareKeys } from '../../../key-order.ts'
import { noSuchUpload } from '../../../s3-refusals.ts'
import {
  type NewPart,
  type Part,
  partNumberLimit,
  type Upload,
  type UploadQuery,
} from '../../upload-store.ts'
import type { PartPlace } from '../files/part-slots.ts'

/** A part as its row tells it. */
export interface IndexedPart extends Part, PartPlace {}

/** Uploads and their parts, in SQLite. Methods that write belong into a transaction. */
export class UploadIndex {
  readonly #statements: ReturnType<typeof prepare>

  constructor(database: SqliteDatabase) {
    database.exec(tables)
    this.#statements = prepare(database)
  }

  insert({ id, bucket, key, initiatedAt, ...rest }: Upload): void {
    this.#statements.insert.run(id, bucket, key, initiatedAt.getTime(), JSON.stringify(rest))
  }

  get(id: string): Upload | undefined {
    const row = this.#statements.get.get(id)
    return row && uploadOf(row)
  }

  list(bucket: string, { prefix, after, limit }: UploadQuery): readonly Upload[] {
    const [key, id] = after === undefined ? ['', ''] : startAfter(after)
    const [from, fromId] = compareKeys(key, prefix) < 0 ? [prefix, ''] : [key, id]
    const end = afterPrefix(prefix)
    const rows = this.#statements.list.all({ bucket, from, fromId, end: end ?? null, limit })
    return rows.map(uploadOf)
  }

  /** Throws NoSuchUpload. */
  delete(id: string): void {
    if (this.#statements.delete.run(id).changes === 0) throw noSuchUpload(id)
    this.#statements.deleteParts.run(id)
  }

  /** Returns the parts that there were. */
  deleteOfBucket(bucket: string): readonly IndexedPart[] {
    const parts: IndexedPart[] = []
    for (const id of this.#statements.idsOfBucket.all(bucket)) {
      parts.push(...this.parts(id, { after: 0, limit: partNumberLimit }))
      this.delete(id)
    }
    return parts
  }

  /** Of all parts of all uploads. */
  partFiles(): readonly string[] {
    return this.#statements.partFiles.all()
  }

  /** Returns the part that had this number before. Throws NoSuchUpload. */
  putPart(
    id: string,
    { number, file, position, sizeBytes, etag, modifiedAt, checksum }: IndexedPart,
  ): IndexedPart | undefined {
    if (this.#statements.get.get(id) === undefined) throw noSuchUpload(id)
    const before = this.part(id, number)
    const extra = JSON.stringify({ checksum })
    const place = [file, position ?? null] as const
    this.#statements.putPart.run(id, number, ...place, sizeBytes, etag, modifiedAt.getTime(), extra)
    return before
  }

  /** Any part that lies in the upload's joint file. */
  joinedPart(id: string): IndexedPart | undefined {
    const row = this.#statements.joinedPart.get(id)
    return row && partOf(row)
  }

  part(id: string, number: number): IndexedPart | undefined {
    const row = this.#statements.part.get(id, number)
    return row && partOf(row)
  }

  parts(
    id: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): readonly IndexedPart[] {
    return this.#statements.parts.all(id, after, limit).map(partOf)
  }
}

function startAfter({ key, id }: NonNullable<UploadQuery['after']>): readonly [key: string, id: string] {
  return id === undefined ? [afterKey(key), ''] : [key, afterKey(id)]
}

const tables = `
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, initiated_at INTEGER NOT NULL,
    extra TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
  CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, position INTEGER, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified_at INTEGER NOT NULL, extra TEXT NOT NULL, PRIMARY KEY (upload, number)
  ) STRICT, WITHOUT ROWID;
`

interface UploadRow {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly initiated_at: number
  readonly extra: string
}
interface PartRow {
  readonly number: number
  readonly file: string
  readonly position: number | null
  readonly size: number
  readonly etag: string
  readonly modified_at: number
  readonly extra: string
}
interface ListParameters {
  readonly bucket: string
  readonly from: string
  readonly fromId: string
  readonly end: string | null
  readonly limit: number
}

function prepare(database: SqliteDatabase) {
  return {
    insert: database.prepare<[string, string, string, number, string]>(
      'INSERT INTO uploads VALUES (?, ?, ?, ?, ?)',
    ),
    get: database.prepare<[string], UploadRow>('SELECT * FROM uploads WHERE id = ?'),
    list: database.prepare<[ListParameters], UploadRow>(
      `SELECT * FROM uploads WHERE bucket = @bucket AND (key, id) >= (@from, @fromId)
       AND (@end IS NULL OR key < @end) ORDER BY key, id LIMIT @limit`,
    ),
    partFiles: database.prepare<[], string>('SELECT DISTINCT file FROM parts').pluck(),
    idsOfBucket: database.prepare<[string], string>('SELECT id FROM uploads WHERE bucket = ?').pluck(),
    delete: database.prepare<[string]>('DELETE FROM uploads WHERE id = ?'),
    deleteParts: database.prepare<[string]>('DELETE FROM parts WHERE upload = ?'),
    part: database.prepare<[string, number], PartRow>('SELECT * FROM parts WHERE upload = ? AND number = ?'),
    joinedPart: database.prepare<[string], PartRow>(
      'SELECT * FROM parts WHERE upload = ? AND position IS NOT NULL LIMIT 1',
    ),
    parts: database.prepare<[string, number, number], PartRow>(
      'SELECT * FROM parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?',
    ),
    putPart: database.prepare<[string, number, string, number | null, number, string, number, string]>(
      'INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
  }
}

const uploadOf = ({ id, bucket, key, initiated_at, extra }: UploadRow): Upload => ({
  id,
  bucket,
  key,
  initiatedAt: new Date(initiated_at),
  ...(JSON.parse(extra) as Pick<Upload, 'attributes' | 'checksum'>),
})

const partOf = (row: PartRow): IndexedPart => ({
  number: row.number,
  file: row.file,
  position: row.position ?? undefined,
  sizeBytes: row.size,
  etag: row.etag,
  modifiedAt: new Date(row.modified_at),
  ...(JSON.parse(row.extra) as Pick<NewPart, 'checksum'>),
})
