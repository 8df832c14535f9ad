import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { machineFacts } from './machine.ts'

let programs = ''
beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'sagebrush-nvidia-'))
  const listing = [0, 1, 2].map((id) => `GPU ${id}: NVIDIA H100 80GB HBM3 (UUID: GPU-${id}c2f)`).join('\\n')
  const script = `#!/bin/sh\n[ "$1" = --list-gpus ] && printf '${listing}\\n'\n`
  await writeFile(join(programs, 'nvidia-smi'), script, { mode: 0o755 })
})
afterAll(() => rm(programs, { recursive: true }))

test('the machine is its processors and most of its memory', async () => {
  const { room, gpus } = await machineFacts({ PATH: '/nowhere' })
  expect(gpus).toEqual([])
  expect(room).toMatchObject({ cpus: availableParallelism(), gpus: 0 })
  expect(room.memoryBytes).toBeLessThan(totalmem())
  expect(room.memoryBytes).toBeGreaterThan(0)
})

test.each<[string, string | undefined, readonly string[]]>([
  ['all that the driver lists', undefined, ['0', '1', '2']],
  ['those that the server was given', '2, 0', ['2', '0']],
  ['none where it was given none', '', []],
  ['those before the end of the list', '1,-1,2', ['1']],
])('its GPUs are %s', async (_situation, visible, ids) => {
  const { gpus, room } = await machineFacts({
    PATH: `${programs}:/bin:/usr/bin`,
    CUDA_VISIBLE_DEVICES: visible,
  })
  expect(gpus).toEqual(ids)
  expect(room.gpus).toBe(ids.length)
})
