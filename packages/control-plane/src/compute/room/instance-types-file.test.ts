import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readInstanceTypes } from './instance-types-file.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sagebrush-types-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(text: string) {
  const file = join(folder, 'types.json')
  await writeFile(file, text)
  return readInstanceTypes(file)
}

test('types are read, without GPUs unless they are said', async () => {
  const text =
    '{"ml.m5.xlarge": {"cpus": 0.5, "memoryGiB": 6}, "default": {"cpus": 1, "memoryGiB": 4, "gpus": 2}}'
  expect(await read(text)).toEqual({
    'ml.m5.xlarge': { cpus: 0.5, memoryGiB: 6, gpus: 0 },
    default: { cpus: 1, memoryGiB: 4, gpus: 2 },
  })
})

test.each([
  ['{', 'JSON'],
  ['[]', 'it must hold an object of instance types'],
  ['{"a": 1}', 'a must be an object with cpus and memoryGiB'],
  ['{"a": {"memoryGiB": 1}}', 'a.cpus must be a number above 0'],
  ['{"a": {"cpus": 0, "memoryGiB": 1}}', 'a.cpus must be a number above 0'],
  ['{"a": {"cpus": 1, "memoryGiB": "1"}}', 'a.memoryGiB must be a number above 0'],
  ['{"a": {"cpus": 1, "memoryGiB": 1, "gpus": 0.5}}', 'a.gpus must be a whole number from 0'],
  ['{"a": {"cpus": 1, "memoryGB": 1}}', 'a.memoryGB is unknown'],
])('%s is refused by name', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message)
})

test('a file that is not there is named', () => {
  expect(() => readInstanceTypes('/nowhere/types.json')).toThrow('/nowhere/types.json')
})
