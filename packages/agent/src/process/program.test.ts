import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningProgram, StartError, startProgram } from './program.ts'

let directory = ''
let output = 0
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-program-'))
  output = openSync(join(directory, 'output.log'), 'a')
})
afterEach(() => {
  closeSync(output)
  rmSync(directory, { recursive: true, force: true })
})

const shell = (
  script: string,
  more: Partial<Parameters<typeof startProgram>[0]> = {},
): Promise<RunningProgram> =>
  startProgram({ program: '/bin/sh', args: ['-c', script], directory, environment: {}, output, ...more })
const printed = () => readFileSync(join(directory, 'output.log'), 'utf8')

async function until<T>(what: string, find: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const found = find()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await delay(5)
  }
}
const numberAfter = (word: string) => {
  const match = new RegExp(`${word}=(\\d+)`).exec(printed())
  return match?.[1] === undefined ? undefined : Number(match[1])
}
function runs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') === false
  } catch {
    return false
  }
}

describe('startProgram', () => {
  it.each([
    ['success', 'exit 0', 0],
    ["the program's own code", 'exit 3', 3],
    ['a signal', 'kill -KILL $$', 137],
  ])('tells how the program ended: %s', async (_situation, script, exitCode) => {
    expect(await (await shell(script)).ended).toEqual({ exitCode })
  })

  it('appends stdout and stderr to the descriptor, in their order', async () => {
    writeFileSync(join(directory, 'output.log'), 'before\n')
    await (await shell('echo out; echo err >&2; echo "$NAME $(pwd)"', { environment: { NAME: 'x y' } })).ended
    expect(printed()).toBe(`before\nout\nerr\nx y ${directory}\n`)
  })

  it('hands all bytes to a function before it says that the program ended', async () => {
    const chunks: Uint8Array[] = []
    const program = await shell('echo out; echo err >&2', { output: (bytes) => chunks.push(bytes) })
    await program.ended
    expect(Buffer.concat(chunks).toString().split('\n').sort()).toEqual(['', 'err', 'out'])
  })

  it('does not wait for pipes that somebody outside the group holds open', async () => {
    const chunks: Uint8Array[] = []
    const output = (bytes: Uint8Array): void => void chunks.push(bytes)
    const program = await shell('setsid sleep 600 & echo child=$!', { output })
    expect(await program.ended).toEqual({ exitCode: 0 })
    const [, child = ''] = /child=(\d+)/.exec(Buffer.concat(chunks).toString()) ?? []
    process.kill(Number(child), 'SIGKILL')
  })

  it.each([
    ['is not there', '/nowhere/program', /could not be started.*ENOENT/],
    ['is a folder', '/etc', /could not be started: \/etc is no file/],
    ['is not executable', '/etc/passwd', /could not be started.*EACCES/],
  ])('says why a program cannot be started: it %s', async (_situation, program, message) => {
    const starting = shell('', { program })
    await expect(starting).rejects.toThrow(StartError)
    await expect(starting).rejects.toThrow(message)
  })

  it('kills what the program leaves behind', async () => {
    const program = await shell('sleep 600 & echo child=$!')
    await program.ended
    const child = await until('the child', () => numberAfter('child'))
    await until('its end', () => !runs(child))
  })

  it('asks with SIGTERM, so that a program can save its work', async () => {
    const program = await shell('trap "echo saved; exit 5" TERM; echo ready; while :; do sleep 0.05; done')
    await until('the start', () => printed().includes('ready'))
    program.stop(60)
    expect(await program.ended).toEqual({ exitCode: 5 })
    expect(printed()).toContain('saved')
  })

  it('kills the whole group when the grace is over', async () => {
    const program = await shell('trap "" TERM; sleep 600 & echo child=$!; wait')
    const child = await until('the child', () => numberAfter('child'))
    program.stop(0.1)
    expect(await program.ended).toEqual({ exitCode: 137 })
    await until('its end', () => !runs(child))
  })
})

describe('an agent that is killed', () => {
  let agent: ChildProcess | undefined
  afterEach(() => agent?.kill('SIGKILL'))

  it('takes its program and the children of that along', async () => {
    const script = 'sleep 600 & echo child=$!; echo program=$$; wait'
    const source = `
      const { startProgram } = await import(${JSON.stringify(join(import.meta.dirname, '../../dist/process/program.js'))})
      await startProgram({ program: '/bin/sh', args: ['-c', ${JSON.stringify(script)}], directory: '/', environment: {}, output: 1 })
      setInterval(() => {}, 1000)`
    agent = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', output, output],
    })
    const child = await until('the child', () => numberAfter('child'))
    const program = await until('the program', () => numberAfter('program'))
    expect([runs(child), runs(program)]).toEqual([true, true])
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    await until('the end of both', () => !runs(child) && !runs(program))
  })
})
