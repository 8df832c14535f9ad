import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sagebrush } from './server-process.ts'

const run = promisify(execFile)
let data: string
let output: string

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'sagebrush-quickstart-'))
  const done = await run('node', [sagebrush, 'quickstart', '--data', data], { maxBuffer: 2 ** 26 })
  output = done.stdout
}, 900_000)

afterAll(() => rm(data, { recursive: true, force: true }))

test('the quickstart trains on all of MNIST and is right about at least 95 % of the 10,000 test digits', () => {
  expect(output).toContain('Stored all 70,000 images')
  const accuracy = /Accuracy on all 10,000 test digits through the endpoint: ([\d.]+) %/.exec(output)?.[1]
  expect(Number(accuracy)).toBeGreaterThanOrEqual(95)
})

test('it streams the log of the job and shows digits as pictures', () => {
  expect(output).toMatch(/accuracy on 10000 held-out images/)
  expect(output).toMatch(/-- Training: /)
  expect(output).toMatch(/[\u2801-\u28ff]{3}/)
  expect(output).toContain('What next?')
})

test('it leaves nothing running', async () => {
  const { stdout } = await run('ps', ['-eo', 'args'])
  expect(stdout.split('\n').filter((line) => line.includes(data))).toEqual([])
  await expect(readFile(join(data, 'server.json'))).rejects.toThrow('ENOENT')
})
