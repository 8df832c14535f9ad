import { BucketNotEmpty } from '@sagebrush/api'
import type { Database as SqliteDatabase } from 'better-sqlite3'
import { afterPrefix, compareKeys } from '../../../key-order.ts'
import { noSuchBucket } from '../../../s3-refusals.ts'
import type { BucketInfo, NewObject, ObjectName, ObjectQuery, StoredObject } from '../../object-store.ts'
import { requireCondition } from '../../write-condition.ts'

/** An object as its row tells it: where its bytes lie is a place below `objects/`. */
export interface IndexedObject extends Omit<StoredObject, 'localPath'> {
  readonly place: string
}

/**
 * Buckets, objects and the places to be emptied, in SQLite. Methods that write belong into a transaction, and return the
 * places that no row names any more; until `forget` they are remembered across a crash.
 */
export class ObjectIndex {
  readonly #statements: ReturnType<typeof prepare>

  constructor(database: SqliteDatabase) {
    database.exec(tables)
    this.#statements = prepare(database)
  }

  insertBucket({ name, region, createdAt }: BucketInfo): boolean {
    return this.#statements.insertBucket.run(name, region, createdAt.getTime()).changes === 1
  }

  bucket(name: string): BucketInfo | undefined {
    const row = this.#statements.bucket.get(name)
    return row && bucketOf(row)
  }

  buckets(): readonly BucketInfo[] {
    return this.#statements.buckets.all().map(bucketOf)
  }

  /** Throws NoSuchBucket, BucketNotEmpty. */
  deleteBucket(name: string): void {
    if (this.#statements.firstObject.get(name) !== undefined) {
      const text = 'The bucket you tried to delete is not empty'
      throw BucketNotEmpty(text, { details: { BucketName: name } })
    }
    if (this.#statements.deleteBucket.run(name).changes === 0) throw noSuchBucket(name)
  }

  object({ bucket, key }: ObjectName): IndexedObject | undefined {
    const row = this.#statements.object.get(bucket, key)
    return row && objectOf(row)
  }

  objects(bucket: string, { prefix, from, limit }: ObjectQuery): readonly IndexedObject[] {
    const start = compareKeys(from, prefix) < 0 ? prefix : from
    const end = afterPrefix(prefix)
    const rows =
      end === undefined
        ? this.#statements.objectsFrom.all(bucket, start, limit)
        : this.#statements.objectsBetween.all(bucket, start, end, limit)
    return rows.map(objectOf)
  }

  /** Throws NoSuchBucket, and for `onlyIf` PreconditionFailed, NoSuchKey. */
  putObject(
    { bucket, key }: ObjectName,
    file: { readonly place: string; readonly sizeBytes: number },
    { etag, modifiedAt, attributes, onlyIf }: NewObject,
  ): readonly string[] {
    if (this.#statements.bucket.get(bucket) === undefined) throw noSuchBucket(bucket)
    const before = this.#statements.object.get(bucket, key)
    requireCondition(onlyIf, before, key)
    const { place, sizeBytes } = file
    const columns = [place, sizeBytes, etag, modifiedAt.getTime(), JSON.stringify(attributes)] as const
    this.#statements.putObject.run(bucket, key, ...columns)
    this.forget([place])
    return before && before.place !== place ? this.discard([before.place]) : []
  }

  /** Throws NoSuchBucket, and for `onlyIf` PreconditionFailed, NoSuchKey. */
  deleteObject({ bucket, key }: ObjectName, onlyIf?: { readonly etag: string }): readonly string[] {
    if (this.#statements.bucket.get(bucket) === undefined) throw noSuchBucket(bucket)
    const before = this.#statements.object.get(bucket, key)
    requireCondition(onlyIf, before, key)
    if (before === undefined) return []
    this.#statements.deleteObject.run(bucket, key)
    return this.discard([before.place])
  }

  discarded(): readonly string[] {
    return this.#statements.discarded.all()
  }

  forget(places: readonly string[]): void {
    for (const place of places) this.#statements.forget.run(place)
  }

  private discard(places: readonly string[]): readonly string[] {
    for (const place of places) this.#statements.discard.run(place)
    return places
  }
}

const tables = `
  CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY, region TEXT NOT NULL, created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, place TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified_at INTEGER NOT NULL, attributes TEXT NOT NULL, PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS discarded_places (place TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`

interface BucketRow {
  readonly name: string
  readonly region: string
  readonly created_at: number
}
interface ObjectRow {
  readonly bucket: string
  readonly key: string
  readonly place: string
  readonly size: number
  readonly etag: string
  readonly modified_at: number
  readonly attributes: string
}

function prepare(database: SqliteDatabase) {
  const objects = 'SELECT * FROM objects WHERE bucket = ? AND key >= ?'
  return {
    insertBucket: database.prepare<[string, string, number]>(
      'INSERT OR IGNORE INTO buckets VALUES (?, ?, ?)',
    ),
    bucket: database.prepare<[string], BucketRow>('SELECT * FROM buckets WHERE name = ?'),
    buckets: database.prepare<[], BucketRow>('SELECT * FROM buckets ORDER BY name'),
    deleteBucket: database.prepare<[string]>('DELETE FROM buckets WHERE name = ?'),
    firstObject: database.prepare<[string]>('SELECT 1 FROM objects WHERE bucket = ? LIMIT 1'),
    object: database.prepare<[string, string], ObjectRow>(
      'SELECT * FROM objects WHERE bucket = ? AND key = ?',
    ),
    objectsFrom: database.prepare<[string, string, number], ObjectRow>(`${objects} ORDER BY key LIMIT ?`),
    objectsBetween: database.prepare<[string, string, string, number], ObjectRow>(
      `${objects} AND key < ? ORDER BY key LIMIT ?`,
    ),
    putObject: database.prepare<[string, string, string, number, string, number, string]>(
      'INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    deleteObject: database.prepare<[string, string]>('DELETE FROM objects WHERE bucket = ? AND key = ?'),
    discard: database.prepare<[string]>('INSERT OR IGNORE INTO discarded_places VALUES (?)'),
    discarded: database.prepare<[], string>('SELECT place FROM discarded_places').pluck(),
    forget: database.prepare<[string]>('DELETE FROM discarded_places WHERE place = ?'),
  }
}

const bucketOf = ({ name, region, created_at }: BucketRow): BucketInfo => ({
  name,
  region,
  createdAt: new Date(created_at),
})

const objectOf = (row: ObjectRow): IndexedObject => ({
  bucket: row.bucket,
  key: row.key,
  place: row.place,
  sizeBytes: row.size,
  etag: row.etag,
  modifiedAt: new Date(row.modified_at),
  attributes: JSON.parse(row.attributes),
})
