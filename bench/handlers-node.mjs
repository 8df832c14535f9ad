import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareEnvironment } from '@sagebrush/environments'

/**
 * /invocations of half_plus_two with TypeScript handlers against the same without: `node bench/handlers-node.mjs
 * [seconds]`. Load comes from a process of its own. Each ratio is the median of rounds in which all sides were measured
 * one after the other. Beside it, the processor time of a request, in all threads and in the one that takes requests:
 * where the cores have other work, it says more.
 */
const scripts = {
  pair: `import type { InputHandler, OutputHandler } from '@sagebrush/model-server/handlers'
export const inputHandler: InputHandler = (data) => JSON.stringify({ instances: data.json<{ instances: number[] }>().instances })
export const outputHandler: OutputHandler = (response, context) => [response.content, context.acceptHeader]
`,
  'pair, async': `import type { InputHandler, OutputHandler } from '@sagebrush/model-server/handlers'
export const inputHandler: InputHandler = async (data) => data.json<{ instances: number[] }>()
export const outputHandler: OutputHandler = async (response, context) => [response.json<{}>(), context.acceptHeader]
`,
  'handler that asks by context.callModel': `import type { Handler } from '@sagebrush/model-server/handlers'
export const handler: Handler = async (data, context) => {
  const response = await context.callModel(data)
  return [response.content, context.acceptHeader]
}
`,
  'handler that asks by fetch': `import type { Handler } from '@sagebrush/model-server/handlers'
export const handler: Handler = async (data, context) => {
  const response = await fetch(context.restUri, { method: 'POST', body: data })
  return [await response.text(), context.acceptHeader]
}
`,
}

await main(Number(process.argv[2] ?? 3))

async function main(seconds) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  const scratch = mkdtempSync(join(tmpdir(), 'sagebrush-bench-'))
  const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush')
  const environment = await prepareEnvironment(
    { tensorflow: '2.21.0', purpose: 'inference' },
    { cacheDirectory, variables: process.env },
  )
  const maker = join(root, 'packages/model-server/src/testing/make-models.py')
  const bare = join(scratch, 'none')
  execFileSync(environment.executable, [maker, bare, 'half_plus_two'], { stdio: 'ignore' })
  const body = join(scratch, 'body.json')
  writeFileSync(body, '{"instances": [1.0, 2.0, 5.0]}')
  const program = join(root, 'packages/model-server/bin/sagebrush-model-server.js')
  const sides = new Map()
  try {
    for (const [side, script] of [['none', undefined], ...Object.entries(scripts)]) {
      const model = join(scratch, side)
      if (script) addCode(bare, model, script)
      const flags = ['--port', '0', '--model_dir', model, '--libtensorflow', environment.libtensorflow]
      sides.set(side, await listening([program, 'serve', ...flags]))
      await ready(sides.get(side).port)
    }
    for (const connections of [1, 32]) measure(sides, { body, connections, seconds })
  } finally {
    for (const { process: child } of sides.values()) {
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
    }
    rmSync(scratch, { recursive: true })
  }
}

function addCode(bare, model, script) {
  cpSync(bare, model, { recursive: true })
  mkdirSync(join(model, 'code'))
  writeFileSync(join(model, 'code', 'inference.ts'), script)
}

function measure(sides, { body, connections, seconds }) {
  for (const { port } of sides.values()) load(port, body, connections, 1)
  const one = ({ port, process: { pid } }) => {
    const before = processorMicros(pid)
    const figures = load(port, body, connections, seconds)
    const after = processorMicros(pid)
    const requests = figures.rate * seconds
    const perRequest = (key) => (after[key] - before[key]) / requests
    return { ...figures, all: perRequest('all'), main: perRequest('main') }
  }
  const rounds = Array.from({ length: 3 }, () =>
    Object.fromEntries([...sides].map(([side, server]) => [side, one(server)])),
  )
  for (const side of sides.keys()) {
    const [rate, p50, failed, all, main] = ['rate', 'p50', 'failed', 'all', 'main'].map((key) =>
      median(rounds.map((round) => round[side][key])),
    )
    const ratio = median(rounds.map((round) => round[side].rate / round.none.rate))
    const figures = `${rate.toFixed(0)} requests/s, p50 ${p50.toFixed(2)} ms, failed ${failed}`
    const time = `${all.toFixed(0)} µs, of which ${main.toFixed(0)} µs in the main thread`
    console.log(
      `${`${side}, c=${connections}`.padEnd(46)} ${ratio.toFixed(2)} × no handler (${figures}; ${time})`,
    )
  }
}

function load(port, body, connections, seconds) {
  const script = fileURLToPath(new URL('./predict-load.mjs', import.meta.url))
  const args = [script, port, '/invocations', body, connections, seconds].map(String)
  return JSON.parse(execFileSync(process.execPath, args))
}

/** Of the whole process, and of the thread that takes requests. */
function processorMicros(pid) {
  const ticks = (path) => {
    const fields = readFileSync(path, 'utf8').split(') ')[1].split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  const microsPerTick = 10_000
  return {
    all: ticks(`/proc/${pid}/stat`) * microsPerTick,
    main: ticks(`/proc/${pid}/task/${pid}/stat`) * microsPerTick,
  }
}

function listening(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    child.stdout.on('data', (line) => {
      const [, port] = /:(\d+)\n/.exec(line) ?? []
      if (port) resolve({ process: child, port: Number(port) })
    })
  })
}

async function ready(port) {
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await fetch(`http://127.0.0.1:${port}/ping`)).ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the models were not loaded')
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
