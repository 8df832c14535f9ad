import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { GroupCommit } from './group-commit.ts'

function opened() {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE numbers (n INTEGER PRIMARY KEY)')
  const insert = database.prepare('INSERT INTO numbers VALUES (?)')
  const all = () => database.prepare('SELECT n FROM numbers ORDER BY n').pluck().all()
  return { database, insert, all, commits: new GroupCommit(database) }
}

test('writes of one turn are committed together, each with its own result', async () => {
  const { insert, all, commits } = opened()
  const results = await Promise.all([1, 2, 3].map((n) => commits.run(() => insert.run(n).changes * n)))
  expect(results).toEqual([1, 2, 3])
  expect(all()).toEqual([1, 2, 3])
})

test('a write that throws is undone alone', async () => {
  const { insert, all, commits } = opened()
  const results = await Promise.allSettled([
    commits.run(() => insert.run(1)),
    commits.run(() => {
      insert.run(2)
      throw new Error('no')
    }),
    commits.run(() => insert.run(3)),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(all()).toEqual([1, 3])
})

test('when the database itself fails, nothing of the turn is kept and all hear of it', async () => {
  const { database, insert, all, commits } = opened()
  database.pragma('max_page_count = 3')
  const fill = database.prepare(
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 100000) INSERT INTO numbers SELECT n FROM r',
  )
  const results = await Promise.allSettled([commits.run(() => insert.run(-1)), commits.run(() => fill.run())])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(all()).toEqual([])
})
