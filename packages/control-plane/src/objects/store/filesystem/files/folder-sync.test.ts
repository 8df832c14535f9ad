import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FolderSync } from './folder-sync.ts'

test('syncs the same folder for many at once, again and again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'folder-sync-'))
  const folders = new FolderSync()
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 20 }, () => folders.sync(folder)))
  }
  await rm(folder, { recursive: true })
  const results = await Promise.allSettled([folders.sync(folder), folders.sync(folder)])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
