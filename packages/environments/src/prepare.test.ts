import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listEnvironments, removeEnvironment } from './manage.ts'
import { prepareEnvironment } from './prepare.ts'
import { isThere, type StandInMachine, standInMachine } from './versions/testing/stand-in-machine.ts'

let machine: StandInMachine

beforeEach(async () => {
  machine = await standInMachine(env)
})
afterEach(() => machine[Symbol.asyncDispose]())

const installs = async () => (await machine.uvRuns()).filter((run) => run === 'pip install').length

describe('prepareEnvironment', () => {
  it('makes an environment, says how it goes, and what stands in', async () => {
    const made = await prepareEnvironment({ tensorflow: '2.1.0', python: 'py3' }, machine.options)
    expect(made).toMatchObject({
      name: `tensorflow-2.12.0-python-${made.python}`,
      directory: join(machine.options.cacheDirectory, 'environments', made.name),
      tensorflow: '2.12.0',
      notes: [expect.stringContaining('2.12.0 stands in')],
    })
    for (const path of [made.executable, made.sitePackages, String(made.libtensorflow)])
      expect(path.startsWith(made.directory) && (await isThere(path))).toBe(true)
    expect(machine.options.progress).toEqual([
      'Looking for TensorFlow 2.1.0',
      `Preparing TensorFlow 2.12.0 for Python ${made.python}`,
      '  Resolved 2 packages in 1ms',
      '  Installed 2 packages in 1ms',
      'Starting TensorFlow 2.12.0 for the first time',
    ])
  })

  it('tells installers that the package tensorflow is there', async () => {
    const { sitePackages } = await prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)
    const metadata = await readFile(join(sitePackages, 'tensorflow-2.12.0.dist-info', 'METADATA'), 'utf8')
    expect(metadata).toContain('Name: tensorflow\nVersion: 2.12.0\n')
  })

  it('takes what is there without asking anybody', async () => {
    const first = await prepareEnvironment({ tensorflow: '2.1.0', python: 'py3' }, machine.options)
    const before = await machine.uvRuns()
    expect(await prepareEnvironment({ tensorflow: '2.1.0', python: 'py3' }, machine.options)).toEqual(first)
    const exact = await prepareEnvironment({ tensorflow: '2.12', python: first.python }, machine.options)
    expect(exact).toEqual({ ...first, notes: [] })
    expect(await machine.uvRuns()).toEqual(before)
  })

  it('makes one environment for several askers', async () => {
    const asked = [1, 2, 3].map(() => prepareEnvironment({ tensorflow: '2.12.0' }, machine.options))
    const made = await Promise.all(asked)
    expect(new Set(made.map(({ directory }) => directory)).size).toBe(1)
    expect(await installs()).toBe(1)
    expect(machine.options.progress.join('\n')).toContain('Waiting for another process that prepares')
  })

  it("fails in the installer's words and leaves nothing", async () => {
    await machine.set('fail', true)
    await expect(prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)).rejects.toThrow(
      /^TensorFlow 2\.12\.0 for Python 3\.\d+ cannot be installed: error: No space left on device$/,
    )
    expect(await readdir(join(machine.options.cacheDirectory, 'making'))).toEqual([])
    await machine.set('fail', false)
    await prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)
  })

  it('stops when asked to and leaves nothing', async () => {
    await machine.set('hang', true)
    const stop = new AbortController()
    const asked = prepareEnvironment({ tensorflow: '2.12.0' }, { ...machine.options, signal: stop.signal })
    const outcome = expect(asked).rejects.toThrow('enough')
    await vi.waitUntil(async () => (await installs()) === 1, { timeout: 30_000 })
    stop.abort(new Error('enough'))
    await outcome
    expect(await readdir(join(machine.options.cacheDirectory, 'making'))).toEqual([])
  })

  it('goes on after a process that was killed while it made the environment', async () => {
    await machine.set('hang', true)
    const killed = await startPreparing()
    await vi.waitUntil(async () => (await installs()) === 1, { timeout: 30_000 })
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    await machine.set('hang', false)
    const { directory } = await prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)
    expect(await isThere(directory)).toBe(true)
    expect(await installs()).toBe(2)
  })

  it('does with what is there when the index does not answer', async () => {
    await prepareEnvironment({ tensorflow: '2.13' }, machine.options)
    await machine.set('offline', true)
    const made = await prepareEnvironment({ tensorflow: '2.5.0', python: 'py3' }, machine.options)
    expect(made.tensorflow).toBe('2.13.1')
  })

  it('says that the index does not answer when nothing is there', async () => {
    await machine.set('offline', true)
    await expect(prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)).rejects.toThrow(
      'The Python package index does not answer: error: Failed to fetch: the index',
    )
  })

  it('makes an environment again when its Python has gone', async () => {
    const { executable } = await prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)
    await rm(executable)
    await prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)
    expect(await installs()).toBe(2)
  })
})

describe('environments', () => {
  it('are listed with size and last use, and can be removed', async () => {
    const { cacheDirectory } = machine.options
    const made = await prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)
    const [listed, ...others] = await listEnvironments(cacheDirectory)
    expect(others).toEqual([])
    expect(listed).toMatchObject({ name: made.name, tensorflow: '2.12.0' })
    expect(listed?.sizeBytes).toBeGreaterThan(1000)
    expect(Date.now() - Number(listed?.lastUsed)).toBeLessThan(60_000)
    await removeEnvironment(cacheDirectory, made.name)
    expect(await listEnvironments(cacheDirectory)).toEqual([])
    await expect(removeEnvironment(cacheDirectory, made.name)).rejects.toThrow('There is no environment')
  })
})

/** Asks for an environment in a process of its own. */
async function startPreparing() {
  const { cacheDirectory, variables } = machine.options
  const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url))
  const program = join(machine.directory, 'prepare.mjs')
  await writeFile(
    program,
    `import { prepareEnvironment } from ${JSON.stringify(entry)}
await prepareEnvironment({ tensorflow: '2.12.0' }, ${JSON.stringify({ cacheDirectory, variables })})`,
  )
  return spawn(process.execPath, [program], { stdio: 'ignore' })
}
