import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DirectoryInUse, openDatabase } from './sqlite.ts'
import { sqliteCollection } from './sqlite-collection.ts'

const counter = fileURLToPath(new URL('fixtures/count-for-ever.mjs', import.meta.url))

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

test('what was acknowledged outlives a process killed in the middle, and its lock does not', async () => {
  const data = join(directory, 'killed')
  const child = spawn(process.execPath, [counter, data], { stdio: ['ignore', 'pipe', 'inherit'] })
  let acknowledged = -1
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Number(line)
    if (acknowledged >= 20) break
  }
  expect(() => openDatabase(data)).toThrow(DirectoryInUse)
  child.kill('SIGKILL')
  await once(child, 'close')

  const database = openDatabase(data)
  const numbers = sqliteCollection<{ readonly name: string }>(database, 'numbers')
  for (let n = 0; n <= acknowledged; n++) expect(await numbers.get(String(n))).toBeDefined()
  database.close()
})
