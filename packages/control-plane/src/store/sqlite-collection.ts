import { Changes } from './changes.ts'
import { AlreadyExists, type Collection, NotFound, type Stored } from './collection.ts'
import { decodeRecord, encodeRecord } from './record-json.ts'
import type { SqliteDatabase } from './sqlite.ts'

interface Row {
  readonly value: string
  readonly revision: number
}

/** The records called `collection` in the table `records`, which all collections share. */
export function sqliteCollection<T extends { readonly name: string }>(
  database: SqliteDatabase,
  collection: string,
): Collection<T> {
  const changes = new Changes()
  const statements = prepare(database)
  const stored = (row: Row): Stored<T> => ({ value: decodeRecord(row.value) as T, revision: row.revision })
  const find = (name: string): Stored<T> | undefined => {
    const row = statements.find.get(collection, name)
    return row && stored(row)
  }
  const replace = database.transaction((name: string, change: (value: T) => T) => {
    const before = find(name)
    if (!before) throw new NotFound(`no ${collection} ${name}`)
    const value = change(before.value)
    if (value === before.value) return { after: before, isChanged: false }
    if (value.name !== name) throw new Error(`a change may not rename ${collection} ${name}`)
    const revision = before.revision + 1
    statements.update.run(encodeRecord(value), revision, collection, name)
    return { after: { value, revision }, isChanged: true }
  })

  return {
    async create(value) {
      const { changes: made } = statements.insert.run(collection, value.name, encodeRecord(value))
      if (made === 0) throw new AlreadyExists(`${collection} ${value.name} is there already`)
      changes.announce(value.name)
      return { value, revision: 1 }
    },
    async get(name) {
      return find(name)
    },
    async list({ after = '', limit = -1 } = {}) {
      return statements.list.all(collection, after, limit).map(stored)
    },
    async update(name, change) {
      const { after, isChanged } = replace.immediate(name, change)
      if (isChanged) changes.announce(name)
      return after
    },
    async delete(name) {
      if (statements.remove.run(collection, name).changes > 0) changes.announce(name)
    },
    changes: (signal) => changes.subscribe(signal),
  }
}

function prepare(database: SqliteDatabase) {
  // Text compares by its UTF-8 bytes, which is the order of code points.
  database.exec(`CREATE TABLE IF NOT EXISTS records (
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (collection, name)
  ) STRICT, WITHOUT ROWID`)
  return {
    find: database.prepare<[string, string], Row>(
      'SELECT value, revision FROM records WHERE collection = ? AND name = ?',
    ),
    list: database.prepare<[string, string, number], Row>(
      'SELECT value, revision FROM records WHERE collection = ? AND name > ? ORDER BY name LIMIT ?',
    ),
    insert: database.prepare<[string, string, string]>(
      'INSERT INTO records (collection, name, value, revision) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING',
    ),
    update: database.prepare<[string, number, string, string]>(
      'UPDATE records SET value = ?, revision = ? WHERE collection = ? AND name = ?',
    ),
    remove: database.prepare<[string, string]>('DELETE FROM records WHERE collection = ? AND name = ?'),
  }
}
