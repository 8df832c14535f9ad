import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const supervisor = pathToFileURL(
  fileURLToPath(new URL('../../dist/supervisor/supervise.js', import.meta.url)),
)

/** Stands in for the model server; what it does is its first argument. A successor has the port flag. */
const program = `
const [word, behaviour, ...flags] = process.argv.slice(2)
const isSuccessor = flags.includes('--port=7')
if (behaviour === 'refuse') process.exit(3)
if (behaviour === 'die') process.kill(process.pid, 'SIGKILL')
if (behaviour === 'start') {
  console.log('starting')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
}
process.on('SIGTERM', () => { console.log('drained'); process.exit(0) })
process.send({ portFlags: ['--port=7'] }, () => {
  if (behaviour === 'crash' && !isSuccessor) {
    process.stderr.write('F0000 00:00:1.2 3 tensor.cc:4] Check failed: x\\n')
    process.kill(process.pid, 'SIGSEGV')
  } else console.log('serving', word, behaviour, flags.join(' '))
})
setInterval(() => {}, 1000)
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supervise-'))
  await writeFile(join(folder, 'program.mjs'), program)
  await writeFile(
    join(folder, 'supervisor.mjs'),
    `import { supervise } from '${supervisor}'
const log = (line) => console.error('log:', line)
process.exit(await supervise({ main: '${join(folder, 'program.mjs')}', args: process.argv.slice(2), log }))`,
  )
})
afterAll(() => rm(folder, { recursive: true }))

interface Started extends AsyncDisposable {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exitCode: Promise<number | null>
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [join(folder, 'supervisor.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const exitCode = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    output: () => text,
    exitCode,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exitCode
    },
  }
}

const says = (started: Started, text: string) =>
  vi.waitFor(() => expect(started.output()).toContain(text), { timeout: 30_000, interval: 20 })

test('a process that crashes is started again with the same ports, and its reason is told', async () => {
  await using started = start('crash', '--a')
  await says(started, 'serving supervised crash --a --port=7')
  expect(started.output()).toContain(
    'log: the serving process ended with SIGSEGV: F0000 00:00:1.2 3 tensor.cc:4] Check failed: x; it is started again\n',
  )
  started.child.kill('SIGTERM')
  expect(await started.exitCode).toBe(0)
  expect(started.output()).toContain('drained\n')
})

test.each([
  ['a program that ends before it was ready keeps its exit code, without a word', 'refuse', 3, ''],
  [
    'one that crashes before it was ready is not started again',
    'die',
    137,
    'log: error: the serving process ended with SIGKILL; it was never ready\n',
  ],
])('%s', async (_situation, behaviour, exitCode, output) => {
  await using started = start(behaviour)
  expect([await started.exitCode, started.output()]).toEqual([exitCode, output])
})

test('either signal is passed on, and the exit code comes back', async () => {
  await using started = start('serve')
  await says(started, 'serving')
  started.child.kill('SIGINT')
  expect(await started.exitCode).toBe(130)
})

test('a program that is stopped before it listens for signals has been stopped well', async () => {
  await using started = start('start')
  await says(started, 'starting')
  started.child.kill('SIGTERM')
  expect(await started.exitCode).toBe(0)
})
