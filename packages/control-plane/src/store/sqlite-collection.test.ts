import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectionContract, type Thing } from './collection.contract.ts'
import { openDatabase, type SqliteDatabase } from './sqlite.ts'
import { sqliteCollection } from './sqlite-collection.ts'

let directory: string
let database: SqliteDatabase
let made = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sagebrush-store-'))
  database = openDatabase(directory)
})
afterAll(async () => {
  database.close()
  await rm(directory, { recursive: true })
})

collectionContract('SQLite', async () => sqliteCollection<Thing>(database, `things-${made++}`))

test('two collections of one database do not see each other', async () => {
  const left = sqliteCollection<Thing>(database, 'left')
  const right = sqliteCollection<Thing>(database, 'right')
  await left.create({ name: 'a', count: 1 })
  await right.create({ name: 'a', count: 2 })
  await right.delete('a')
  expect((await left.get('a'))?.value.count).toBe(1)
})
