import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { objectsClient } from '../../objects/objects-client.ts'
import { SmallServer } from '../../testing/small-server.ts'
import { archiveOf } from '../../testing/test-host.ts'
import { modelFiles, modelId } from './model-files.ts'

let server: SmallServer
let directory: string
beforeEach(async () => {
  server = await SmallServer.start()
  server.buckets.add('bucket')
  for (const name of ['a', 'b', 'c']) server.objects.set(`bucket/models/${name}`, archiveOf({ says: name }))
  directory = await mkdtemp(join(tmpdir(), 'sagebrush-model-files-'))
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

function files(freeBytes: number, inUse: readonly string[] = []) {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
  return modelFiles({
    client: objectsClient({ endpoint: server.endpoint, region: 'us-west-2', credentials }),
    prefix: 's3://bucket/models',
    directory,
    isInUse: (target) => inUse.includes(target),
    freeBytes: async () => freeBytes,
  })
}

const signal = new AbortController().signal
const isThere = (target: string) => existsSync(join(directory, modelId(target), 'model', 'says'))

it('keeps the files of models for the next time', async () => {
  const { bring } = files(2 ** 40)
  for (const target of ['a', 'b', 'c']) await bring(target, signal)
  expect(['a', 'b', 'c'].map(isThere)).toEqual([true, true, true])
  expect(await readFile(join(directory, await bring('/a', signal), 'model', 'says'), 'utf8')).toBe('a')
})

it('removes those of models that are not loaded where the disk is full', async () => {
  const { bring } = files(0, ['a'])
  for (const target of ['a', 'b', 'c']) await bring(target, signal)
  expect(['a', 'b', 'c'].map(isThere)).toEqual([true, false, true])
})
