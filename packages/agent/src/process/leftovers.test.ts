import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hostFiles } from '../host/host-files.ts'
import { noteLeftovers } from './leftovers.ts'

it('keeps what was noted before', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sagebrush-leftovers-'))
  try {
    await noteLeftovers(directory, { removals: [['rmdir', '/a']] })
    await noteLeftovers(directory, { controlGroups: ['/sys/fs/cgroup/x'] })
    await noteLeftovers(directory, { removals: [['rm', 'b']] })
    expect(JSON.parse(readFileSync(join(directory, hostFiles.leftovers), 'utf8'))).toEqual({
      controlGroups: ['/sys/fs/cgroup/x'],
      removals: [
        ['rmdir', '/a'],
        ['rm', 'b'],
      ],
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
})
