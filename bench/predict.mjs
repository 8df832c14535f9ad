import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareEnvironment } from '@sagebrush/environments'

/**
 * The model server against a bare node:http echo that answers as many bytes, and against the same signature called
 * in one Python process on an array that is there: `node bench/predict.mjs [seconds]`. Load comes from a process of
 * its own. Each ratio is the median of rounds in which all sides were measured one after the other. The two small
 * models are measured with batching too, by a second server.
 */
if (process.argv[2] === 'echo') serveEcho(Number(process.argv[3]))
else await main(Number(process.argv[2] ?? 3))

async function main(seconds) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  const scratch = mkdtempSync(join(tmpdir(), 'sagebrush-bench-'))
  const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush')
  const environment = await prepareEnvironment(
    { tensorflow: '2.21.0', purpose: 'inference' },
    { cacheDirectory, variables: process.env },
  )
  const maker = join(root, 'packages/model-server/src/testing/make-models.py')
  execFileSync(environment.executable, [maker, scratch, 'half_plus_two', 'mlp', 'mnist'], { stdio: 'ignore' })
  const cases = requests(scratch)
  const program = join(root, 'packages/model-server/bin/sagebrush-model-server.js')
  const flags = ['--port', '0', '--model_dir', scratch, '--libtensorflow', environment.libtensorflow]
  const server = await listening([program, 'serve', ...flags])
  const batching = await listening([program, 'serve', ...flags, '--enable_batching'])
  try {
    await ready(server.port)
    await ready(batching.port)
    for (const one of cases) await measure(one, { off: server.port, on: batching.port }, seconds)
    say('resident memory, three models', `${residentMegabytes(server.process.pid)} MB`)
    say('MNIST CNN, batch of 50, in Python', `${pythonRate(environment.executable, scratch)} images/s`)
  } finally {
    for (const { process: child } of [server, batching]) {
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
    }
    rmSync(scratch, { recursive: true })
  }
}

/** The three models of the tables: tiny, a matrix product or two, and real work on a large body. */
function requests(scratch) {
  const random = (count) => Array.from({ length: count }, () => Math.round(Math.random() * 1e6) / 1e6)
  const image = () => Array.from({ length: 28 }, () => random(28).map((value) => [value]))
  const bodies = {
    half_plus_two: { instances: [1, 2, 5] },
    mlp: { instances: [random(784)] },
    mnist: { instances: Array.from({ length: 50 }, image) },
  }
  return Object.entries(bodies).map(([model, body]) => {
    const file = join(scratch, `${model}.json`)
    writeFileSync(file, JSON.stringify(body))
    return { model, file, path: `/v1/models/${model}:predict` }
  })
}

async function measure({ model, file, path }, ports, seconds) {
  const answer = await fetch(`http://127.0.0.1:${ports.off}${path}`, {
    method: 'POST',
    body: readFileSync(file),
  })
  const size = (await answer.arrayBuffer()).byteLength
  const echo = await listening([fileURLToPath(import.meta.url), 'echo', String(size)])
  const sides = { echo: echo.port, off: ports.off, ...(model !== 'mnist' && { on: ports.on }) }
  for (const connections of [1, 32]) {
    const ask = (port, time) => load(port, path, file, connections, time)
    for (const port of Object.values(sides)) ask(port, 1)
    const rounds = Array.from({ length: 3 }, () =>
      Object.fromEntries(Object.entries(sides).map(([side, port]) => [side, ask(port, seconds)])),
    )
    say(`${model}, c=${connections}`, `${ratio(rounds, 'off', 'echo')} (${figures(rounds, 'off')})`)
    if (!sides.on) continue
    const ratios = `${ratio(rounds, 'on', 'echo')}, ${ratio(rounds, 'on', 'off')}`
    say(`${model}, c=${connections}, batching`, `${ratios} (${figures(rounds, 'on')})`)
  }
  echo.process.kill()
}

function ratio(rounds, side, against) {
  const value = median(rounds.map((round) => round[side].rate / round[against].rate))
  return `${value.toFixed(2)} × ${against === 'off' ? 'batching off' : against}`
}

function figures(rounds, side) {
  const [rate, p50, p99, failed] = ['rate', 'p50', 'p99', 'failed'].map((key) =>
    median(rounds.map((round) => round[side][key])),
  )
  return `${rate.toFixed(0)} requests/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, failed ${failed}`
}

function load(port, path, file, connections, seconds) {
  const script = fileURLToPath(new URL('./predict-load.mjs', import.meta.url))
  return JSON.parse(
    execFileSync(process.execPath, [script, port, path, file, connections, seconds].map(String)),
  )
}

function serveEcho(size) {
  const body = Buffer.alloc(size, 'a')
  const server = createServer((request, response) => {
    request.on('data', () => undefined)
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': size })
      response.end(body)
    })
  })
  server.listen(0, '127.0.0.1', () => console.log(`echo: listening on 127.0.0.1:${server.address().port}`))
}

function listening(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    child.stdout.once('data', (line) => resolve({ process: child, port: Number(/:(\d+)\n/.exec(line)?.[1]) }))
  })
}

async function ready(port) {
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await fetch(`http://127.0.0.1:${port}/ping`)).ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the models were not loaded')
}

function pythonRate(executable, scratch) {
  const program = [
    'import sys, time, numpy as np, tensorflow as tf',
    'f = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]',
    'name = list(f.structured_input_signature[1])[0]',
    'x = tf.constant(np.random.random((50, 28, 28, 1)).astype(np.float32))',
    'for _ in range(20): f(**{name: x})',
    'n, t = 0, time.perf_counter()',
    'while time.perf_counter() - t < 3:',
    '  f(**{name: x}); n += 1',
    'print(round(50 * n / (time.perf_counter() - t)))',
  ].join('\n')
  const stdio = ['ignore', 'pipe', 'ignore']
  return Number(execFileSync(executable, ['-c', program, join(scratch, 'mnist', '1')], { stdio }))
}

function residentMegabytes(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

function say(what, figure) {
  console.log(`${what.padEnd(36)} ${figure}`)
}
