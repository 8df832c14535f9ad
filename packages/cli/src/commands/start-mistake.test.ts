import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UsageError } from '../connection.ts'
import { open } from './serve.ts'

let folder = ''
let taken: Server
let takenPort = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sagebrush-start-'))
  writeFileSync(join(folder, 'file'), '')
  mkdirSync(join(folder, 'broken'))
  writeFileSync(
    join(folder, 'broken/sagebrush.db'),
    'no database, but longer than the first bytes of one'.repeat(99),
  )
  mkdirSync(join(folder, 'open'))
  writeFileSync(join(folder, 'open/credentials.json'), '{}', { mode: 0o644 })
  taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  takenPort = typeof address === 'object' && address ? address.port : 0
})
afterAll(() => {
  taken.close()
  rmSync(folder, { recursive: true })
})

const cases: [string, () => Parameters<typeof open>[0], RegExp][] = [
  ['a file in the place of the data', () => at('file'), /^cannot keep data in .*file: EEXIST/],
  ['a file on the way to the data', () => at('file/deep'), /^cannot keep data in .*deep: ENOTDIR/],
  ['a database that is none', () => at('broken'), /^cannot keep data in .*broken: file is not a database/],
  ['a key pair that others can read', () => at('open'), /credentials.json holds a secret.*: chmod 600/],
  [
    'an address that is elsewhere',
    () => ({ ...at('a'), host: '192.0.2.1' }),
    /^cannot listen on 192.0.2.1: .*--host/,
  ],
  [
    'a port that is taken',
    () => ({ ...at('b'), port: takenPort }),
    /^port \d+ is taken; choose another with --port$/,
  ],
  [
    'no job at a time',
    () => ({ ...at('c'), maxJobs: 0 }),
    /^--max-jobs must be a whole number from 1, not 0$/,
  ],
]

const at = (name: string) => ({ port: 0, data: join(folder, name) })

test.each(cases)('%s is told in one line', async (_, options, words) => {
  const failed = await open(options()).catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(UsageError)
  expect((failed as Error).message).toMatch(words)
})
