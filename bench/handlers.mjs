import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareEnvironment } from '@sagebrush/environments'

/**
 * What handlers cost: requests/s of half_plus_two through `/invocations` with a pair of Python functions, against the
 * same pair in a gunicorn (gevent), falcon and requests service before the same server, and against no handlers:
 * `node bench/handlers.mjs [seconds]`. Load comes from a process of its own. Each ratio is the median of rounds in which
 * all sides were measured one after the other.
 */
const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush')
await main(Number(process.argv[2] ?? 3))

async function main(seconds) {
  const scratch = mkdtempSync(join(tmpdir(), 'sagebrush-bench-'))
  const environment = await prepareEnvironment(
    { tensorflow: '2.21.0', purpose: 'inference' },
    { cacheDirectory, variables: process.env },
  )
  const maker = join(root, 'packages/model-server/src/testing/make-models.py')
  execFileSync(environment.executable, [maker, scratch, 'half_plus_two'], { stdio: 'ignore' })
  const file = join(scratch, 'body.json')
  writeFileSync(file, JSON.stringify({ instances: [1, 2, 5] }))
  const servers = []
  const start = async (name, variables = {}, code = undefined) => {
    const server = await serve(modelWith(scratch, name, code), environment, variables)
    servers.push(server.process)
    return server.port
  }
  try {
    const none = await start('none')
    const pair = [join(here, 'handlers/inference.py')]
    const sides = {
      none,
      python: await start('python', {}, pair),
      'python, 2 workers': await start('python2', { SAGEMAKER_GUNICORN_WORKERS: '2' }, pair),
    }
    for (const workers of [1, 2]) {
      const peer = await startPeer(scratch, none, workers)
      servers.push(peer.process)
      sides[workers === 1 ? 'peer' : 'peer, 2 workers'] = peer.port
    }
    for (const connections of [1, 32]) measure(sides, { file, connections, seconds })
  } finally {
    for (const child of servers) {
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
    }
    rmSync(scratch, { recursive: true })
  }
}

function modelWith(scratch, name, code = []) {
  const directory = join(scratch, name)
  cpSync(join(scratch, 'half_plus_two'), join(directory, 'half_plus_two'), { recursive: true })
  mkdirSync(join(directory, 'code'))
  for (const file of code) cpSync(file, join(directory, 'code', file.split('/').at(-1)))
  return directory
}

function measure(sides, { file, connections, seconds }) {
  const ask = (port, time) => load(port, file, connections, time)
  for (const port of Object.values(sides)) ask(port, 1)
  const rounds = Array.from({ length: 3 }, () =>
    Object.fromEntries(Object.entries(sides).map(([side, port]) => [side, ask(port, seconds)])),
  )
  for (const side of Object.keys(sides)) {
    const against = ['none', 'peer', 'peer, 2 workers'].filter((other) => other !== side)
    const ratios = against.map((other) => {
      const value = median(rounds.map((round) => round[side].rate / round[other].rate))
      return `${value.toFixed(2)} × ${other}`
    })
    const [rate, p50, p99, failed] = ['rate', 'p50', 'p99', 'failed'].map((key) =>
      median(rounds.map((round) => round[side][key])),
    )
    const figures = `${rate.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, failed ${failed}`
    console.log(`c=${connections}  ${side.padEnd(18)} ${figures}  (${ratios.join(', ')})`)
  }
}

function load(port, file, connections, seconds) {
  const script = join(here, 'predict-load.mjs')
  const args = [script, port, '/invocations', file, connections, seconds].map(String)
  return JSON.parse(execFileSync(process.execPath, args))
}

async function serve(directory, environment, variables) {
  const program = join(root, 'packages/model-server/bin/sagebrush-model-server.js')
  const flags = ['--port', '0', '--model_dir', directory, '--libtensorflow', environment.libtensorflow]
  const child = spawn(process.execPath, [program, 'serve', ...flags, '--tensorflow_version', '2.21.0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...variables },
  })
  const port = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
    child.stdout.on('data', (text) => {
      const found = /listening on \S*:(\d+)\n/.exec(text)
      if (found) resolve(Number(found[1]))
    })
  })
  await until(async () => (await fetch(`http://127.0.0.1:${port}/ping`)).ok)
  return { process: child, port }
}

/** In an environment of its own, made by uv from the Python package index. */
async function startPeer(scratch, port, workers) {
  const directory = join(scratch, 'peer')
  const python = join(directory, 'bin/python')
  if (!existsSync(python)) {
    const uv = join(cacheDirectory, 'uv/bin/uv')
    execFileSync(uv, ['venv', '--quiet', directory])
    const packages = ['gunicorn', 'gevent', 'falcon>=3.1,<4', 'packaging', 'requests']
    execFileSync(uv, ['pip', 'install', '--quiet', '--python', python, ...packages])
  }
  const own = await freePort()
  const uri = `http://127.0.0.1:${port}/v1/models/half_plus_two:predict`
  const child = spawn(python, [join(here, 'handlers/peer.py'), own, uri, workers].map(String), {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await until(async () => {
    const body = JSON.stringify({ instances: [1] })
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`http://127.0.0.1:${own}/invocations`, { method: 'POST', body, headers })).ok
  })
  return { process: child, port: own }
}

function freePort() {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function until(isReady) {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await isReady().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('waited in vain')
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
