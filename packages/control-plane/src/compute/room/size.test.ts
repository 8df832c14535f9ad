import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { instanceFacts } from './instance-type.ts'
import { sizeOf } from './size.ts'

const GiB = 2 ** 30
const machine = { cpus: 8, memoryBytes: 30 * GiB, gpus: 2 }

test.each<[string, number, number, number]>([
  ['ml.t3.medium', 2, 4, 0],
  ['ml.m5.large', 2, 8, 0],
  ['ml.m5.xlarge', 4, 16, 0],
  ['ml.c5.2xlarge', 8, 16, 0],
  ['ml.r5.4xlarge', 16, 128, 0],
  ['ml.m7i.24xlarge', 96, 384, 0],
  ['ml.g4dn.12xlarge', 48, 192, 4],
  ['ml.g5.48xlarge', 192, 768, 8],
  ['ml.p3.2xlarge', 8, 64, 1],
  ['ml.p4d.24xlarge', 96, 768, 8],
  ['ml.z9.xlarge', 4, 16, 0],
  ['ml.m5.colossal', 4, 16, 0],
  ['ml.serverless', 4, 16, 0],
  ['', 4, 16, 0],
])('%s has %d vCPUs, %d GiB and %d GPUs', (type, cpus, memoryGiB, gpus) => {
  expect(instanceFacts(type)).toEqual({ cpus, memoryGiB, gpus })
})

test('a quarter of the instance is kept for a job, and it may use the memory of the whole', () => {
  expect(sizeOf('ml.m5.xlarge', machine)).toEqual({
    share: { cpus: 1, memoryBytes: 4 * GiB, gpus: 0 },
    memoryLimitBytes: 16 * GiB,
  })
})

test('half a processor is the least, and the machine the most', () => {
  expect(sizeOf('ml.t3.medium', { ...machine, cpus: 1 }).share.cpus).toBe(0.5)
  expect(sizeOf('ml.p4d.24xlarge', machine)).toEqual({ share: machine, memoryLimitBytes: 30 * GiB })
})

test('what somebody says of a type is taken literally, also of all others', () => {
  const given = {
    'ml.m5.xlarge': { cpus: 2, memoryGiB: 3, gpus: 1 },
    default: { cpus: 0.25, memoryGiB: 1, gpus: 0 },
  }
  expect(sizeOf('ml.m5.xlarge', machine, given)).toEqual({
    share: { cpus: 2, memoryBytes: 3 * GiB, gpus: 1 },
    memoryLimitBytes: 3 * GiB,
  })
  expect(sizeOf('ml.c5.large', machine, given).share).toEqual({ cpus: 0.25, memoryBytes: GiB, gpus: 0 })
  expect(sizeOf('constructor', machine).share.cpus).toBe(1)
})

test('the documented table says what is done', () => {
  const text = readFileSync(new URL('../../../../../docs/instance-types.md', import.meta.url), 'utf8')
  const rows = [
    ...text.matchAll(/^\| `(ml\.[^`]+)` +\| +([\d.]+) +\| +([\d.]+) GiB +\| +([\d.]+) GiB +\| +(\d+) +\|$/gm),
  ]
  expect(rows.length).toBeGreaterThan(10)
  const endless = { cpus: 1e9, memoryBytes: 1e18, gpus: 1e9 }
  for (const [, type = '', cpus, kept, limit, gpus] of rows) {
    const { share, memoryLimitBytes } = sizeOf(type, endless)
    const told = [type, share.cpus, share.memoryBytes / GiB, memoryLimitBytes / GiB, share.gpus]
    expect(told).toEqual([type, Number(cpus), Number(kept), Number(limit), Number(gpus)])
  }
})
