import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  listening,
  load,
  median,
  root,
  say,
  scratchDirectory,
  startServer,
  tensorflow,
} from './predict-process.mjs'

/**
 * The model server against a bare node:http echo that answers as many bytes, and against the same signature called
 * in one Python process on an array that is there: `node bench/predict.mjs [seconds]`. Load comes from a process of
 * its own. Each ratio is the median of rounds in which all sides were measured one after the other. The two small
 * models are measured with batching too, by a second server, and by clients that pause so that they ask for 70 % of
 * the peak.
 */
const rounds = 3
if (process.argv[2] === 'echo') serveEcho(Number(process.argv[3]))
else await main(Number(process.argv[2] ?? 3))

async function main(seconds) {
  const scratch = scratchDirectory()
  const { python, libraryPath } = await tensorflow()
  const maker = join(root, 'packages/model-server/src/testing/make-models.py')
  execFileSync(python, [maker, scratch, 'half_plus_two', 'mlp', 'mnist'], { stdio: 'ignore' })
  const off = await startServer(scratch, libraryPath)
  const on = await startServer(scratch, libraryPath, '--enable_batching')
  try {
    for (const one of requests(scratch)) await measure(one, { off, on }, seconds)
    say('MNIST CNN, batch of 50, in Python', `${pythonRate(python, scratch)} images/s`)
  } finally {
    await off.stop()
    await on.stop()
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

async function measure({ model, file, path }, { off, on }, seconds) {
  const url = `http://127.0.0.1:${off.port}${path}`
  const answer = await fetch(url, { method: 'POST', body: readFileSync(file) })
  const size = (await answer.arrayBuffer()).byteLength
  const echo = await listening([fileURLToPath(import.meta.url), 'echo', String(size)])
  const sides = { echo, off, ...(model !== 'mnist' && { on }) }
  for (const connections of [1, 32]) {
    const ask = (server, time) => load(server, path, file, { connections, seconds: time })
    for (const server of Object.values(sides)) ask(server, 1)
    const measured = Array.from({ length: rounds }, () =>
      Object.fromEntries(Object.entries(sides).map(([side, server]) => [side, ask(server, seconds)])),
    )
    report(`${model}, c=${connections}`, measured)
    if (connections > 1 && model !== 'mnist') {
      for (const side of ['off', 'on'])
        steady(model, { server: sides[side], side, path, file }, measured, seconds)
    }
  }
  await echo.stop()
}

function report(what, measured) {
  say(`${what}, echo`, figures(measured, 'echo'))
  say(what, `${ratio(measured, 'off', 'echo')} (${figures(measured, 'off')})`)
  if (!measured[0].on) return
  const ratios = `${ratio(measured, 'on', 'echo')}, ${ratio(measured, 'on', 'off')}`
  say(`${what}, batching`, `${ratios} (${figures(measured, 'on')})`)
}

/** How much longer the slowest hundredth takes when there is room. */
function steady(model, { server, side, path, file }, measured, seconds) {
  const connections = 32
  const peak = median(measured.map((round) => round[side].rate))
  const ask = (pauseMillis) => load(server, path, file, { connections, seconds, pauseMillis })
  // A client is busy for as long as it pauses and waits; how long it waits is seen by trying.
  const turnMillis = (connections * 1000) / (0.7 * peak)
  const pauseMillis = Math.max(turnMillis - ask(turnMillis).p50, 0)
  const tails = Array.from({ length: rounds }, () => ask(pauseMillis))
  const [tail, p50, p99, rate] = [
    ({ p50, p99 }) => p99 / p50,
    (one) => one.p50,
    (one) => one.p99,
    (one) => one.rate,
  ].map((figure) => median(tails.map(figure)))
  const share = `${((100 * rate) / peak).toFixed(0)} % of the peak`
  const what = `${model}${side === 'on' ? ', batching' : ''}, ${share}`
  say(what, `p99 ${tail.toFixed(1)} × p50 (${p99.toFixed(2)} ms, ${p50.toFixed(2)} ms)`)
}

function ratio(measured, side, against) {
  const value = median(measured.map((round) => round[side].rate / round[against].rate))
  return `${value.toFixed(2)} × ${against === 'off' ? 'batching off' : against}`
}

function figures(measured, side) {
  const [rate, p50, p99, cpu, failed] = ['rate', 'p50', 'p99', 'cpuMicros', 'failed'].map((key) =>
    median(measured.map((round) => round[side][key])),
  )
  const times = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${cpu.toFixed(0)} µs of processor`
  return `${rate.toFixed(0)} requests/s, ${times}${failed ? `, failed ${failed}` : ''}`
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
