import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { nameFromBase, TensorFlow, TensorFlowModel } from '@sagebrush/sdk'
import { connect } from './platform-process.mjs'

/**
 * Figures of the whole platform: `node bench/platform.mjs`. Each section prints one line per figure;
 * ratios compare two things in the same run.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const data = mkdtempSync(join(tmpdir(), 'sagebrush-bench-'))
const role = 'arn:aws:iam::123456789012:role/SageMakerRole'
const frameworkVersion = '2.21.0'
const agent = new Agent({ keepAlive: true })
/** 2 GiB up and down through S3, and what the server's memory did meanwhile. */
async function objects() {
  const size = 2 * 1024 ** 3
  const Bucket = await session.defaultBucket()
  const peak = watchMemory(server.pid)
  const up = await timed(() =>
    session.s3.PutObject({ Bucket, Key: 'big', ContentLength: size, Body: zeros(size) }),
  )
  const down = await timed(async () => {
    const { Body } = await session.s3.GetObject({ Bucket, Key: 'big' })
    let seen = 0
    for await (const chunk of Body) seen += chunk.length
    if (seen !== size) throw new Error(`got ${seen} of ${size} bytes`)
  })
  say('2 GiB object put', `${Math.round(size / 1e6 / up)} MB/s`)
  say('2 GiB object got', `${Math.round(size / 1e6 / down)} MB/s`)
  say('largest resident memory of the server meanwhile', `${peak()} MB`)
  await session.s3.DeleteObject({ Bucket, Key: 'big' })
}

/** A job against the bare script in the same environment; the first job warms both. */
async function training() {
  const folder = mkdtempSync(join(tmpdir(), 'sagebrush-bench-script-'))
  const estimator = new TensorFlow({
    session,
    role,
    frameworkVersion,
    pyVersion: 'py311',
    entryPoint: join(root, 'conformance/python/scripts/half_plus_two.py'),
  })
  await estimator.fit()
  const [inJob, bare] = [[], []]
  for (let round = 0; round < 5; round++) {
    inJob.push(await timed(() => estimator.fit()))
    bare.push(await timed(() => runBare(folder)))
  }
  rmSync(folder, { recursive: true, force: true })
  say(
    'training job',
    `${median(inJob).toFixed(2)} s; bare script ${median(bare).toFixed(2)} s; difference ${(median(inJob) - median(bare)).toFixed(2)} s`,
  )
  return estimator.modelData()
}

function runBare(folder) {
  const python = join(environments(), `tensorflow-${frameworkVersion}-python-3.11/bin/python`)
  const script = join(root, 'conformance/python/scripts/half_plus_two.py')
  const { status, stderr } = spawnSync(python, [script], {
    env: { ...process.env, SM_MODEL_DIR: folder },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}

const environments = () =>
  join(
    process.env.SAGEBRUSH_ENVIRONMENTS ??
      join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME, '.cache'), 'sagebrush'),
    'environments',
  )

/** From CreateEndpoint to InService, and requests through the server against requests to the model server itself. */
async function serving(modelData) {
  const times = []
  let predictor
  for (let round = 0; round < 5; round++) {
    if (predictor) await predictor.deleteEndpoint()
    const model = new TensorFlowModel({ session, role, modelData, frameworkVersion })
    times.push(
      await timed(async () => {
        predictor = await model.deploy({ endpointName: nameFromBase('bench', new Date()) })
      }),
    )
  }
  say('CreateEndpoint to InService', `${median(times).toFixed(2)} s`)
  const port = modelServerPort()
  const body = '{"instances": [1.0, 2.0, 5.0]}'
  const through = () => predictor.invoke(body, { contentType: 'application/json' })
  const direct = () => post(port, body)
  for (const [name, call] of [
    ['warm-up', through],
    ['warm-up', direct],
  ])
    await rate(call, 1000, 8, name)
  const ratios = []
  for (let round = 0; round < 5; round++)
    ratios.push([await rate(through, 1000, 8), await rate(direct, 1000, 8)])
  say(
    'InvokeEndpoint through the server, c = 8',
    `${Math.round(median(ratios.map(([a]) => a)))}/s; model server direct ${Math.round(median(ratios.map(([, b]) => b)))}/s; ratio ${median(ratios.map(([a, b]) => a / b)).toFixed(2)}`,
  )
  await predictor.deleteEndpoint()
}

function modelServerPort() {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
  const pid = stdout
    .split('\n')
    .filter((line) => line.includes('model-server') && line.includes('--model_dir'))
    .map((line) => Number(line.trim().split(/\s+/)[0]))
    .at(-1)
  const sockets = spawnSync('ss', ['-ltnpH'], { encoding: 'utf8' }).stdout
  return Number(new RegExp(`127\\.0\\.0\\.1:(\\d+).*pid=${pid},`).exec(sockets)?.[1])
}

function post(port, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/invocations',
        agent,
        headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
      },
      (answer) => answer.resume().once('end', resolve),
    )
    sent.once('error', reject).end(body)
  })
}

async function rate(call, requests, concurrency) {
  let left = requests
  const seconds = await timed(() =>
    Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (left-- > 0) await call()
      }),
    ),
  )
  return requests / seconds
}

async function* zeros(size) {
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  for (let sent = 0; sent < size; sent += chunk.length) yield chunk
}

async function timed(work) {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function watchMemory(pid) {
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, residentMegabytes(pid))
  }, 100)
  return () => {
    clearInterval(timer)
    return most
  }
}

function residentMegabytes(pid) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
function say(name, value) {
  console.log(`${name}: ${value}`)
}

const server = spawn(
  'node',
  [join(root, 'packages/cli/bin/sagebrush.js'), 'serve', '--port', '0', '--data', data],
  { stdio: 'ignore' },
)
const session = await connect(data, server)

try {
  await sleep(3000)
  say('idle server, resident memory', `${residentMegabytes(server.pid)} MB`)
  await objects()
  const model = await training()
  await serving(model)
} finally {
  server.kill('SIGTERM')
  await new Promise((resolve) => server.once('exit', resolve))
  rmSync(data, { recursive: true, force: true })
}
