import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Share } from '../../plan/host-plan.ts'
import { type ProgramEnd, startProgram } from '../program.ts'
import { controlGroupFence } from './control-group-fence.ts'
import { type Fence, openFence } from './fence.ts'
import { watchFence } from './watch-fence.ts'

const MiB = 2 ** 20
const share: Share = { cpus: 1, memoryLimitBytes: 128 * MiB, processLimit: 100 }
/** Takes 400 MB in steps, then says so. */
const glutton = `
import time
taken = []
for step in range(20):
    taken.append(bytearray(20 * 1024 * 1024))
    time.sleep(0.02)
print('all taken')
time.sleep(600)`
/** Forks for as long as it can; what it starts sleeps. */
const bomb = 'while :; do sleep 600 & done'

let directory = ''
let output = 0
let made: readonly string[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-fence-'))
  output = openSync(join(directory, 'output.log'), 'a')
})
afterEach(() => {
  closeSync(output)
  rmSync(directory, { recursive: true, force: true })
})

const best = (): Promise<Fence> =>
  openFence(share, {
    name: `sagebrush-test-${process.pid}-${directory.slice(-6)}`,
    note: async (controlGroups) => {
      made = controlGroups
    },
  })

async function run(fence: Fence, program: string, script: string): Promise<ProgramEnd> {
  const started = await startProgram({
    program,
    args: ['-c', script],
    directory,
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    output,
    fence,
  })
  return started.ended
}

/** The processes whose working directory is the test's: what programs left running. */
function left(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === directory
    } catch {
      return false
    }
  })
}

describe.each([
  ['the best that this machine allows', best],
  ['a look at the processes', async () => watchFence(share, 50)],
])('%s', (_title, open) => {
  it('kills a program that takes too much memory, and says so', async () => {
    await using fence = await open()
    expect(await run(fence, '/bin/sh', 'exit 3')).toEqual({ exitCode: 3 })
    expect(await fence.breach()).toBeUndefined()
    expect(await run(fence, '/bin/sh', `exec python3 -c "${glutton}"`)).toEqual({ exitCode: 137 })
    expect(await fence.breach()).toBe('memory')
    expect(readFileSync(join(directory, 'output.log'), 'utf8')).not.toContain('all taken')
  })

  it('bounds a program that forks without end', async () => {
    await using fence = await open()
    const { exitCode } = await run(fence, '/bin/sh', bomb)
    expect(exitCode).not.toBe(0)
    expect(await fence.breach()).toBe('processes')
    await fence[Symbol.asyncDispose]()
    await until('the end of all', () => left().length === 0)
  })

  it('leaves nothing running, not what has left its session either', async () => {
    const fence = await open()
    const { exitCode } = await run(fence, '/bin/sh', 'true')
    expect(exitCode).toBe(0)
    await fence[Symbol.asyncDispose]()
    expect(made.filter((group) => existsSync(group))).toEqual([])
  })
})

it('is none of control groups where the kernel has none', async () => {
  const hierarchy = { version: 2 as const, controllers: [], parents: [directory, '/nowhere'] }
  const fence = await controlGroupFence(share, { name: 'x', note: async () => {} }, [hierarchy])
  expect(fence).toBeUndefined()
  expect(existsSync(join(directory, 'x'))).toBe(false)
})

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await delay(10)
  }
}
