import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Interpreter } from '../versions/choose.ts'
import { findInterpreters } from '../versions/interpreters.ts'
import { findUv } from './uv.ts'

let directory: string
let real: string

beforeAll(async () => {
  real = (await findInterpreters({ variables: env }))[0]?.executable ?? 'no Python'
})

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'uv-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function program(place: string, text: string): Promise<string> {
  const path = join(directory, place)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
  return path
}

/** A Python that does with `-m venv` and `-m pip` what it is told, and else what a Python does. */
async function python(venv: string, pip: string): Promise<Interpreter> {
  const modules = `case "$2" in venv) directory=$3; ${venv};; pip) ${pip};; esac; exit`
  const executable = await program('python', `if [ "$1" = -m ]; then ${modules}; fi\nexec ${real} "$@"`)
  return { executable, version: '3.11.7' }
}

const find = async (interpreter: Interpreter) => {
  const variables = { PATH: `${join(directory, 'path')}:/usr/bin:/bin`, HOME: directory }
  const uv = await findUv(interpreter, { cacheDirectory: join(directory, 'cache'), variables })
  return (await uv.run(['--version'])).output[0]
}
const uvThatSays = (version: string) => `echo "uv ${version} (stand-in)"`
const installs = (place: string) =>
  `mkdir -p ${place}/bin && printf '#!/bin/sh\\n%s\\n' '${uvThatSays('0.9.9')}' > ${place}/bin/uv && chmod +x ${place}/bin/uv`

it('takes the uv of PATH', async () => {
  await program('path/uv', uvThatSays('0.8.0'))
  expect(await find(await python('false', 'false'))).toBe('uv 0.8.0 (stand-in)')
})

it.each([
  ['is too old', uvThatSays('0.1.9')],
  ['does not run', 'exit 127'],
])('installs one of its own when that of PATH %s', async (_, text) => {
  await program('path/uv', text)
  expect(
    await find(await python('exit 1', `while [ "$1" != --target ]; do shift; done; ${installs('"$2"')}`)),
  ).toBe('uv 0.9.9 (stand-in)')
})

it('names what is missing when it can install none', async () => {
  const debian = "echo 'The virtual environment was not created because ensurepip is not available.'; exit 1"
  await expect(find(await python(debian, 'exit 1'))).rejects.toThrow(
    /^uv, .* is not on PATH and cannot be installed: .*\/python has neither venv with ensurepip nor pip\. .* python3-venv\./,
  )
})
