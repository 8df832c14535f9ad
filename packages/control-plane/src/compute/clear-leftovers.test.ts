import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clearLeftovers } from './clear-leftovers.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sagebrush-leftovers-'))
})
afterEach(() => rm(folder, { recursive: true }))

const leave = (left: unknown) => writeFile(join(folder, 'left.json'), JSON.stringify(left))

test('nothing noted, nothing done', async () => {
  await clearLeftovers(folder, {})
  await writeFile(join(folder, 'left.json'), '{"controlGr')
  await clearLeftovers(folder, {})
})

test('the commands that remove containers run, also after one that fails', async () => {
  const write = (name: string) => ['/bin/sh', '-c', `echo "$VALUE" > ${join(folder, name)}`]
  const removals = [write('one'), ['/no/engine'], ['/bin/false'], write('two')]
  await leave({ controlGroups: [], removals })
  await clearLeftovers(folder, { VALUE: 'gone' })
  for (const name of ['one', 'two']) expect(await readFile(join(folder, name), 'utf8')).toBe('gone\n')
})

test('what runs in a control group is killed, group by group', async () => {
  const group = join(folder, 'group')
  await mkdir(group)
  const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
  // A folder stands in for the kernel's: its list is emptied once the process has ended.
  await writeFile(join(group, 'cgroup.procs'), `${child.pid}\n`)
  ended.then(() => rm(join(group, 'cgroup.procs')))
  await leave({ controlGroups: [group, join(folder, 'never-made')], removals: [] })
  await clearLeftovers(folder, {})
  expect(await ended).toBe('SIGKILL')
  expect(existsSync(join(folder, 'never-made'))).toBe(false)
})
