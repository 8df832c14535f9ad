import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findInterpreters } from './interpreters.ts'

let directory: string
let real: string

/** Answers as a Python would of which `findInterpreters` asks what it is. */
const says = (version: string, { implementation = 'cpython', lockless = 0 } = {}) =>
  `printf '%s\\t' ${version} ${implementation} ${lockless}; echo "$0"`

async function program(place: string, text: string): Promise<string> {
  const path = join(directory, place)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
  return path
}

const find = (PATH: string, variables = {}) =>
  findInterpreters({ variables: { PATH: join(directory, PATH), HOME: directory, ...variables } })

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'interpreters-'))
  real = (await findInterpreters({ variables: env }))[0]?.executable ?? 'no Python'
})
afterAll(() => rm(directory, { recursive: true }))

it('believes only what really runs', async () => {
  await program('path/python3', 'echo "pyenv: python3: command not found" >&2; exit 127')
  const path = await program('path/python3.12', says('3.12.4'))
  expect(await find('path')).toEqual([{ executable: path, version: '3.12.4' }])
})

it('knows a Python by what it is, whatever name it is called by', async () => {
  await mkdir(join(directory, 'links'))
  for (const name of ['python', 'python3', 'python3.11']) await symlink(real, join(directory, 'links', name))
  expect((await find('links')).map(({ executable }) => executable)).toEqual([real])
})

it.each([
  ['is too old', says('3.7.9')],
  ['is no CPython', says('3.11.0', { implementation: 'pypy' })],
  ['has no global lock', says('3.13.0', { lockless: 1 })],
])('leaves out one that %s', async (situation, text) => {
  const place = situation.replaceAll(' ', '-')
  await program(`${place}/python3`, text)
  expect(await find(place)).toEqual([])
})

it("finds pyenv's and uv's versions beside PATH", async () => {
  const pyenv = await program('.pyenv/versions/3.10.1/bin/python3', says('3.10.1'))
  const uv = await program('.local/share/uv/python/cpython-3.9/bin/python3', says('3.9.5'))
  expect((await find('nothing')).map(({ executable }) => executable)).toEqual([pyenv, uv])
})
