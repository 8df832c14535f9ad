import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareEnvironment } from '@sagebrush/environments'

/** What the benches of predictions share: processes, models, and how figures are shown. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

export function scratchDirectory() {
  return mkdtempSync(join(tmpdir(), 'sagebrush-bench-'))
}

/** TensorFlow 2.21: `python` and where its library lies. */
export async function tensorflow() {
  const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush')
  const asked = { tensorflow: '2.21.0', purpose: 'inference' }
  const environment = await prepareEnvironment(asked, { cacheDirectory, variables: process.env })
  return { python: environment.executable, libraryPath: environment.libtensorflow }
}

/** What the program's supervisor and hosts give Node. */
const asSupervised = ['--initial-heap-size=128']

/** A model server over `<directory>/<model>/<version>`, once every model is loaded. */
export async function startServer(directory, libraryPath, ...flags) {
  const program = join(root, 'packages/model-server/bin/sagebrush-model-server.js')
  const places = ['--model_dir', directory, '--libtensorflow', libraryPath]
  const server = await listening([...asSupervised, program, 'serve', '--port', '0', ...places, ...flags])
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await fetch(`http://127.0.0.1:${server.port}/ping`)).ok) return server
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the models were not loaded')
}

/** A program of Node's that says where it listens. */
export function listening(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const stop = async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
  }
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    child.stdout.once('data', (line) => {
      const port = Number(/:(\d+)\n/.exec(line)?.[1])
      resolve({ pid: child.pid, port, stop })
    })
  })
}

/**
 * `{ rate, p50, p99, failed, cpuMicros }` of a server under load from a process of its own: by `wrk`, whose own cost is
 * small, or where there is none, by `predict-load.mjs`. Each client asks again at once, or after a random pause of so
 * many milliseconds on average.
 */
export function load(server, path, file, { connections, seconds, pauseMillis = 0 }) {
  const before = processorMicros(server.pid)
  const loadBy = hasWrk() ? loadByWrk : loadByNode
  const result = loadBy(server, path, file, { connections, seconds, pauseMillis })
  return { ...result, cpuMicros: (processorMicros(server.pid) - before) / (result.rate * seconds) }
}

function loadByNode({ port }, path, file, { connections, seconds, pauseMillis }) {
  const script = join(root, 'bench/predict-load.mjs')
  const args = [script, port, path, file, connections, seconds, pauseMillis]
  return JSON.parse(execFileSync(process.execPath, args.map(String)))
}

const hasWrk = () => ['/usr/bin/wrk', '/usr/local/bin/wrk', '/opt/homebrew/bin/wrk'].some(existsSync)

function loadByWrk({ port }, path, file, { connections, seconds, pauseMillis }) {
  const script = `${file}.lua`
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = io.open(${JSON.stringify(file)}):read("*a")\n` +
      'wrk.headers["content-type"] = "application/json"\n' +
      (pauseMillis > 0 ? pausing(pauseMillis) : '') +
      'done = function(s, l) print(string.format("%d %d %d %d %d", s.requests, s.duration, ' +
      'l:percentile(50), l:percentile(99), s.errors.status + s.errors.read + s.errors.timeout)) end\n',
  )
  const url = `http://127.0.0.1:${port}${path}`
  const args = ['-t1', `-c${connections}`, `-d${Math.max(Math.round(seconds), 1)}s`, '-s', script, url]
  const lastLine = execFileSync('wrk', args, { encoding: 'utf8' }).trim().split('\n').at(-1)
  const [requests, micros, p50, p99, failed] = lastLine.split(' ').map(Number)
  return { rate: requests / (micros / 1e6), p50: p50 / 1000, p99: p99 / 1000, failed }
}

/** Whole milliseconds, which is what wrk takes, from 0 to twice the mean. */
const pausing = (meanMillis) =>
  'delay = function()\n' +
  `  local pause = math.random() * ${2 * meanMillis}\n` +
  '  return math.floor(pause) + (math.random() < pause % 1 and 1 or 0)\nend\n'

function processorMicros(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

export function residentMegabytes(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

export function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

export function say(what, figure) {
  console.log(`${what.padEnd(44)} ${figure}`)
}
