import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../store/sqlite.ts'
import { collect } from '../object-store.contract.ts'
import type { StoredObject } from '../object-store.ts'
import type { Storage } from '../storage.ts'
import { openFilesystemStorage } from './filesystem-storage.ts'

const writer = fileURLToPath(
  new URL('../../../../dist/objects/store/filesystem/testing/crash-writer.js', import.meta.url),
)

test('kill -9 at any moment loses nothing that was acknowledged, and leaves nothing behind', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'crash-'))
  /** What may stand at a key: what was acknowledged last, and what was begun after that. */
  const possible = new Map<string, Set<string>>()
  for (let round = 1; round <= 4; round++) {
    await writeUntilKilled(directory, round, possible)
    const database = openDatabase(directory)
    const store = await openFilesystemStorage({ database, directory })
    const objects = await allObjects(store)
    for (const [key, values] of possible) {
      const value = await versionOf(store, objects.get(key))
      expect([...values], `${key} after round ${round}`).toContain(value)
      possible.set(key, new Set([value]))
    }
    for (const object of objects.values()) await versionOf(store, object)
    const files = await readdir(join(directory, 'objects'), { recursive: true, withFileTypes: true })
    expect(files.filter((entry) => entry.isFile()).length).toBe(objects.size)
    database.close()
  }
  await rm(directory, { recursive: true })
})

async function writeUntilKilled(directory: string, round: number, possible: Map<string, Set<string>>) {
  const child = spawn(process.execPath, [writer, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const killAfter = 30 + 17 * round
  let done = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [verb, key = '', value = ''] = line.split(' ')
    if (verb === 'begin') possible.set(key, (possible.get(key) ?? new Set(['-'])).add(value))
    else {
      possible.set(key, new Set([value]))
      if (++done === killAfter) child.kill('SIGKILL')
    }
  }
  expect(await ended).toEqual([null, 'SIGKILL'])
}

async function allObjects(store: Storage): Promise<Map<string, StoredObject>> {
  const page = await store.objects.list('bucket', { prefix: '', from: '', limit: 1000 })
  return new Map(page.objects.map((object) => [object.key, object]))
}

/** Its version, after its bytes have been checked. */
async function versionOf(store: Storage, object: StoredObject | undefined): Promise<string> {
  if (object === undefined) return '-'
  const opened = await store.objects.open(object)
  const text = opened === undefined ? '' : await collect(opened.read())
  expect(createHash('md5').update(text).digest('hex')).toBe(object.etag)
  return text.slice(0, text.indexOf(':'))
}
