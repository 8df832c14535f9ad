import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeEnvironment } from './manage.ts'
import { ownPython } from './own-python.ts'
import { type PreparedEnvironment, prepareEnvironment } from './prepare.ts'
import { type StandInMachine, standInMachine } from './versions/testing/stand-in-machine.ts'

let machine: StandInMachine
let environment: PreparedEnvironment

beforeAll(async () => {
  machine = await standInMachine(env)
  environment = await prepareEnvironment({ tensorflow: '2.12.0' }, machine.options)
})
afterAll(() => machine[Symbol.asyncDispose]())

async function open(name: string, requirements?: string) {
  const file = join(machine.directory, `${name}.txt`)
  if (requirements !== undefined) await writeFile(file, requirements)
  const directory = join(machine.directory, name)
  return ownPython(environment, {
    ...machine.options,
    directory,
    ...(requirements === undefined ? {} : { requirements: file }),
  })
}
const run = async (python: { executable: string }, code: string) =>
  (await promisify(execFile)(python.executable, ['-c', code], { env: {} })).stdout.trim()
const layers = () => readdir(join(machine.options.cacheDirectory, 'layers')).catch((): string[] => [])
const pipRuns = async () => (await machine.uvRuns()).filter((run) => run === 'pip install').length - 1

describe('ownPython', () => {
  it("sees the environment's packages and keeps its own to itself", async () => {
    const [one, other] = [await open('one'), await open('other')]
    const place = await run(one, 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
    await writeFile(join(place, 'mine.py'), 'x = 1')
    expect(await run(one, 'import tensorflow, mine; print(tensorflow.__version__)')).toBe('2.12.0')
    await expect(run(other, 'import mine')).rejects.toThrow("No module named 'mine'")
  })

  it('lets what it installs come before what is below', async () => {
    const python = await open('one')
    const place = await run(python, 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
    await writeFile(join(place, 'tensorflow.py'), '__version__ = "mine"')
    expect(await run(python, 'import tensorflow; print(tensorflow.__version__)')).toBe('mine')
  })

  it('puts its programs first on the path', async () => {
    const { variables } = await open('one')
    const [first, second] = String(variables.PATH).split(':')
    expect([first, second]).toEqual([
      join(machine.directory, 'one', 'bin'),
      join(environment.directory, 'bin'),
    ])
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', 'command -v pip; command -v python3'], {
      env: variables,
    })
    expect(
      stdout
        .split('\n')
        .slice(0, 2)
        .map((path) => path.startsWith(String(first))),
    ).toEqual([true, true])
  })

  it('installs the same requirements once', async () => {
    const before = await pipRuns()
    const opened = await Promise.all([open('three', 'good'), open('four', 'good')])
    for (const python of opened) expect(await run(python, 'import good; print(good.answer)')).toBe('42')
    expect(await pipRuns()).toBe(before + 1)
    expect(machine.options.progress).toContain('Collecting good')
  })

  it('puts what an image has beside TensorFlow below, once and for ever', async () => {
    const directory = join(machine.directory, 'image')
    const before = await pipRuns()
    const open = () => ownPython(environment, { ...machine.options, directory, preinstalled: 'good' })
    for (const python of [await open(), await open()])
      expect(await run(python, 'import tensorflow, good; print(good.answer)')).toBe('42')
    expect(await pipRuns()).toBe(before + 1)
  })

  it('installs requirements that name files into its own folder', async () => {
    const before = await layers()
    await expect(open('five', '-r list')).rejects.toThrow('No matching distribution found for -r list')
    expect(await layers()).toEqual(before)
  })

  it("fails in pip's words and leaves nothing", async () => {
    const before = await layers()
    await expect(open('six', 'good\nnosuch')).rejects.toThrow(
      'ERROR: No matching distribution found for nosuch',
    )
    expect(await layers()).toEqual(before)
    expect(machine.options.progress).toContain('Collecting nosuch')
  })

  it('loses its requirements with the environment', async () => {
    await open('seven', 'good')
    await removeEnvironment(machine.options.cacheDirectory, environment.name)
    expect(await layers()).toEqual([])
  })
})
