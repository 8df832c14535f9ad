import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { MultiDataModel } from '@sagebrush/sdk'
import { connect } from './platform-process.mjs'
import {
  median,
  residentMegabytes,
  root,
  say,
  scratchDirectory,
  startServer,
  tensorflow,
} from './predict-process.mjs'

/**
 * Many models on one port: `node bench/multi-model.mjs [models]`. Listing, loading, memory, and what a model costs when
 * it is first asked for through the platform, archive and all, against when it is there.
 */
const count = Number(process.argv[2] ?? 1000)
const agent = new Agent({ keepAlive: true })
const scratch = scratchDirectory()
const { python, libraryPath } = await tensorflow()
const maker = join(root, 'packages/model-server/src/testing/make-models.py')
execFileSync(python, [maker, scratch, 'half_plus_two', 'mlp'], { stdio: 'ignore' })
await modelServer('half_plus_two', count, { instances: [1, 2, 5] })
await modelServer('mlp', Math.min(count, 100), { instances: [new Array(784).fill(0.5)] })
await platform(20)
agent.destroy()
rmSync(scratch, { recursive: true })

async function modelServer(model, models, body) {
  process.env.SAGEMAKER_MULTI_MODEL = 'true'
  const server = await startServer(scratch, libraryPath)
  const ask = (method, path, sent) => asked(server.port, method, path, sent)
  try {
    const bare = residentMegabytes(server.pid)
    const [first, ...rest] = await inTurn(models, async (index) => {
      await ask('POST', '/models', { model_name: `m${index}`, url: join(scratch, model) })
      await ask('POST', `/models/m${index}/invoke`, body)
    })
    const held = residentMegabytes(server.pid)
    const list = await inTurn(21, () => ask('GET', '/models'))
    await inTurn(models, (index) => ask('DELETE', `/models/m${index}`))
    await sleep(2000)
    const left = residentMegabytes(server.pid)
    say(`${model}: load and first answer, the first model`, `${first.toFixed(0)} ms`)
    say(`${model}: the others`, `${median(rest).toFixed(1)} ms; slowest ${Math.max(...rest).toFixed(0)} ms`)
    say(`${model}: ${models} models listed`, `${median(list).toFixed(1)} ms`)
    say(`${model}: memory of a model`, `${((held - bare) / models).toFixed(2)} MB`)
    say(
      `${model}: memory without any, with ${models}, without again`,
      [bare, held, left].map((mb) => `${mb.toFixed(0)} MB`).join(', '),
    )
  } finally {
    await server.stop()
  }
}

/** A whole server: models come from its bucket. */
async function platform(models) {
  const data = join(scratch, 'data')
  const archive = join(scratch, 'model.tar.gz')
  execFileSync('tar', ['-czf', archive, '-C', join(scratch, 'half_plus_two'), '1'])
  const program = join(root, 'packages/cli/bin/sagebrush.js')
  const server = spawn(process.execPath, [program, 'serve', '--data', data, '--port', '0'], {
    stdio: 'ignore',
  })
  try {
    const session = await connect(data, server)
    const many = new MultiDataModel({
      session,
      role: 'arn:aws:iam::123456789012:role/SageMakerRole',
      frameworkVersion: '2.21.0',
      modelDataPrefix: `s3://${await session.defaultBucket()}/many/`,
    })
    for (let index = 0; index < models; index++) await many.addModel(archive, `${index}.tar.gz`)
    const predictor = await many.deploy()
    const predict = (index) => predictor.predict({ instances: [1, 2, 5] }, { targetModel: `${index}.tar.gz` })
    const cold = await inTurn(models, predict)
    const warm = await inTurn(models * 10, (index) => predict(index % models))
    say(
      'InvokeEndpoint, a model for the first time',
      `${median(cold).toFixed(0)} ms; slowest ${Math.max(...cold).toFixed(0)} ms`,
    )
    say('InvokeEndpoint, a model that is there', `${median(warm).toFixed(1)} ms`)
    await predictor.deleteEndpoint()
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
}

/** Milliseconds of each. */
async function inTurn(times, act) {
  const durations = []
  for (let index = 0; index < times; index++) {
    const started = performance.now()
    await act(index)
    durations.push(performance.now() - started)
  }
  return durations
}

async function asked(port, method, path, body) {
  const headers = { 'content-type': 'application/json' }
  const sent = request({ port, host: '127.0.0.1', agent, method, path, headers })
  sent.end(body === undefined ? '' : JSON.stringify(body))
  const [response] = await once(sent, 'response')
  const answer = await text(response)
  if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${response.statusCode} ${answer}`)
}
