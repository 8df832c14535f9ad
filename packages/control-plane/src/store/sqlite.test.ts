import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DirectoryInUse, openDatabase } from './sqlite.ts'
import { sqliteCollection } from './sqlite-collection.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sagebrush-sqlite-'))
})
afterAll(() => rm(directory, { recursive: true }))

test('a data directory that does not exist is made, for its owner alone', async () => {
  const data = join(directory, 'made', 'here')
  openDatabase(data).close()
  expect((await stat(data)).mode & 0o777).toBe(0o700)
})

test('a second server on the same data directory is told so', () => {
  const data = join(directory, 'shared')
  const first = openDatabase(data)
  expect(() => openDatabase(data)).toThrow(DirectoryInUse)
  expect(() => openDatabase(data)).toThrow(`data directory ${data} is in use by another server`)
  first.close()
  openDatabase(data).close()
})

test('what was acknowledged outlives a process killed in the middle, and so does not its lock', async () => {
  const data = join(directory, 'killed')
  openDatabase(data).close()
  const child = spawn(
    process.execPath,
    ['-e', writesForEver, createRequire(import.meta.url).resolve('better-sqlite3'), data],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let acknowledged = -1
  for await (const chunk of child.stdout) {
    acknowledged = Math.max(acknowledged, ...String(chunk).trim().split('\n').map(Number))
    if (acknowledged >= 20) break
  }
  expect(() => openDatabase(data)).toThrow(DirectoryInUse)
  child.kill('SIGKILL')
  await once(child, 'close')

  using database = closing(openDatabase(data))
  const numbers = sqliteCollection<{ name: string }>(database.value, 'numbers')
  for (let n = 0; n <= acknowledged; n++) expect(await numbers.get(String(n))).toBeDefined()
})

const closing = <T extends { close(): unknown }>(value: T) => ({
  value,
  [Symbol.dispose]: () => void value.close(),
})

const writesForEver = `
  const [sqlite, data] = process.argv.slice(1)
  const database = new (require(sqlite))(data + '/sagebrush.db')
  database.pragma('locking_mode = EXCLUSIVE')
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE IF NOT EXISTS records (collection TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (collection, name)) STRICT, WITHOUT ROWID')
  const insert = database.prepare("INSERT INTO records VALUES ('numbers', ?, '{}', 1)")
  for (let n = 0; ; n++) {
    insert.run(String(n))
    require('fs').writeSync(1, n + '\\n')
  }
`
