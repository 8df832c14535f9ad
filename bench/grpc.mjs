import { execFileSync, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareEnvironment } from '@sagebrush/environments'

/**
 * gRPC Predict of half_plus_two with 3 KB of tensor_content each way against a grpc-js echo of the same bytes:
 * `node bench/grpc.mjs [seconds]`. Servers and load are processes of their own; a ratio is the median of five
 * rounds in which both were measured one after the other. Processor time counts beside requests a second, because a
 * machine that has other work too changes it less.
 */
const path = '/tensorflow.serving.PredictionService/Predict'
const here = dirname(fileURLToPath(import.meta.url))
const [mode = '3'] = process.argv.slice(2)
if (mode === 'serve') await serve(...process.argv.slice(3))
else if (mode === 'echo') await echo()
else await main(Number(mode))

async function main(seconds) {
  const scratch = mkdtempSync(join(tmpdir(), 'sagebrush-bench-'))
  const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush')
  const environment = await prepareEnvironment(
    { tensorflow: '2.21.0', purpose: 'inference' },
    { cacheDirectory, variables: process.env },
  )
  const maker = join(here, '../packages/model-server/src/testing/make-models.py')
  execFileSync(environment.executable, [maker, scratch, 'half_plus_two'], { stdio: 'ignore' })
  const served = await listening('serve', scratch, environment.libtensorflow)
  const echoed = await listening('echo')
  try {
    for (const [connections, streams] of [
      [1, 1],
      [8, 4],
    ]) {
      const ask = (side, time) => measured(side, connections, streams, time)
      for (const side of [served, echoed]) await ask(side, 1)
      const rounds = []
      for (let round = 0; round < 5; round++) {
        rounds.push({ echo: await ask(echoed, seconds), own: await ask(served, seconds) })
      }
      const middle = (figure) => median(rounds.map(figure))
      const rate = middle(({ own, echo }) => own.rate / echo.rate).toFixed(2)
      const cost = middle(({ own, echo }) => echo.micros / own.micros).toFixed(2)
      const own = (key) => middle((round) => round.own[key])
      console.log(
        `${connections} connections x ${streams}: ${rate} x echo in requests/s, ${cost} x echo in requests per ` +
          `processor second (${own('rate').toFixed(0)} requests/s, p50 ${own('p50').toFixed(2)} ms, ` +
          `p99 ${own('p99').toFixed(2)} ms, ${own('micros').toFixed(0)} µs each)`,
      )
    }
  } finally {
    for (const { child } of [served, echoed]) child.kill()
    rmSync(scratch, { recursive: true })
  }
}

/** What the load saw, and the microseconds of processor time that a request cost the server. */
async function measured({ child, port }, connections, streams, seconds) {
  const args = [port, path, request().toString('base64'), connections, streams, seconds].map(String)
  const before = await processorMicros(child)
  const found = JSON.parse(execFileSync(process.execPath, [join(here, 'grpc-load.mjs'), ...args]))
  if (found.failures > 0) throw new Error(`${found.failures} requests failed`)
  return { ...found, micros: ((await processorMicros(child)) - before) / found.requests }
}

function processorMicros(child) {
  const answer = new Promise((resolve) => child.once('message', resolve))
  child.send('cost?')
  return answer
}

function tellCost() {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send(user + system)
  })
}

/** PredictRequest of [768, 1] floats as tensor_content. */
function request() {
  const field = (number, bytes) => {
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]
    return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes])
  }
  const dimensions = [Buffer.from([8, 128, 6]), Buffer.from([8, 1])].map((one) => field(2, one))
  const content = field(4, Buffer.alloc(3072))
  const tensor = Buffer.concat([Buffer.from([8, 1]), field(2, Buffer.concat(dimensions)), content])
  const entry = Buffer.concat([field(1, Buffer.from('x')), field(2, tensor)])
  return Buffer.concat([field(1, field(1, Buffer.from('half_plus_two'))), field(2, entry)])
}

async function serve(directory, libraryPath) {
  const part = (file) => import(`../packages/model-server/dist/${file}.js`)
  const { createManager } = await part('lifecycle/manager')
  const { createPredictService } = await part('prediction/predict-service')
  const { inlineLane } = await part('lanes/lane')
  const { savedModelLoader } = await part('tensorflow/saved-model-loader')
  const { startGrpcServer } = await part('grpc/grpc-server')
  const engine = { libraryPath, runTimeoutMillis: 30_000, intraOpThreads: 0, interOpThreads: 0 }
  const tags = { savedModelTags: ['serve'], sessionConfig: new Uint8Array(0) }
  const manager = createManager()
  const id = { model: 'half_plus_two', version: 1 }
  await manager.load([savedModelLoader(id, join(directory, 'half_plus_two/1'), { ...engine, ...tags })])
  const service = createPredictService(manager, inlineLane)
  const address = { host: '127.0.0.1', port: 0, limitBytes: 2 ** 31 - 1 }
  const { port } = await startGrpcServer({ service, ...address, form: 'content' })
  tellCost()
  process.send(port)
}

async function echo() {
  const { Server, ServerCredentials } = await import('@grpc/grpc-js')
  const server = new Server()
  const same = (value) => value
  tellCost()
  server.register(path, (call, callback) => callback(null, call.request), same, same, 'unary')
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, port) => process.send(port))
}

function listening(...args) {
  const child = fork(fileURLToPath(import.meta.url), args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    child.once('message', (port) => resolve({ child, port }))
  })
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
