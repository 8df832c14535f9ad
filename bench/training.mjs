import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { TensorFlow, uploadFile } from '@sagebrush/sdk'
import { connect } from './platform-process.mjs'

/**
 * Figures of training jobs: `node bench/training.mjs [overhead] [files] [many] [model] [logs] [pipe]`; all of them without
 * an argument. Each compares with the same work without a job, in the same run. MODEL_MEGABYTES and RECORD_BYTES change
 * what is measured.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const scripts = join(root, 'bench/training-scripts')
const data = mkdtempSync(join(tmpdir(), 'sagebrush-bench-'))
const frameworkVersion = '2.21.0'
const python = join(
  process.env.SAGEBRUSH_ENVIRONMENTS ??
    join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME, '.cache'), 'sagebrush'),
  `environments/tensorflow-${frameworkVersion}-python-3.11/bin/python`,
)

/** The shortest script there is: what remains is the platform's. */
async function overhead() {
  const entryPoint = join(data, 'train.py')
  writeFileSync(entryPoint, 'print("trained")\n')
  await run({ entryPoint })
  const [cold, warm, bare] = [[], [], []]
  for (let round = 0; round < 7; round++) {
    cold.push((await run({ entryPoint })).seconds)
    warm.push((await run({ entryPoint, keepAlivePeriodSeconds: 600 })).seconds)
    bare.push(timedSync(() => spawnSync(python, [entryPoint])))
  }
  const more = (values) => `${(median(values) - median(bare)).toFixed(2)} s more`
  say('job of one line', `${more(cold)} than the bare script's ${median(bare).toFixed(2)} s`)
  say('the same from a warm pool', more(warm))
}

/** Many objects, in File and FastFile mode. */
const files = () => channel('10,000 objects of 100 KB ready', 10_000, 100_000)
const many = () => channel('100,000 objects of 10 bytes ready', 100_000, 10)

async function channel(name, count, bytes) {
  const Bucket = await session.defaultBucket()
  const body = Buffer.alloc(bytes, 'x')
  const prefix = `many-${count}/`
  let next = 0
  const put = async () => {
    for (let index = next++; index < count; index = next++)
      await session.s3.PutObject({
        Bucket,
        Key: `${prefix}${index}`,
        ContentLength: bytes,
        Body: [body],
      })
  }
  await Promise.all(Array.from({ length: 64 }, put))
  const entryPoint = join(data, 'count.py')
  writeFileSync(
    entryPoint,
    `import os\nassert len(os.listdir(os.environ["SM_CHANNEL_TRAINING"])) == ${count}\n`,
  )
  for (const mode of ['File', 'FastFile']) {
    // From here on its peak is counted anew.
    writeFileSync(`/proc/${server.pid}/clear_refs`, '5')
    const { stages } = await run({ entryPoint }, { training: { uri: `s3://${Bucket}/${prefix}`, mode } })
    const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))
    say(
      `${name} in ${mode} mode`,
      `${stages.Downloading.toFixed(2)} s; the server has at most ${Math.round(peak / 1024)} MB`,
    )
  }
}

/** Packing and storing a model, against tar and a compressor. */
async function model() {
  const megabytes = Number(process.env.MODEL_MEGABYTES ?? 2048)
  const entryPoint = join(scripts, 'write_model.py')
  const { stages } = await run({ entryPoint, hyperparameters: { megabytes } })
  const folder = join(data, 'model')
  mkdirSync(folder)
  const made = spawnSync(python, [entryPoint, '--megabytes', String(megabytes)], {
    env: { ...process.env, SM_MODEL_DIR: folder },
  })
  if (made.status !== 0) throw new Error(String(made.stderr))
  const [compressor, threads] = has('pigz') ? ['pigz -p 2', 2] : ['gzip', 1]
  const packed = join(data, 'packed.tar.gz')
  const seconds = timedSync(() =>
    spawnSync('sh', ['-c', `tar -C ${folder} -cf - . | ${compressor} > ${packed}`]),
  )
  const ideal = seconds / (2 / threads)
  say(
    `model of ${megabytes} MB packed and stored`,
    `${stages.Uploading.toFixed(1)} s; tar | ${compressor} ${seconds.toFixed(1)} s; ratio ${(ideal / stages.Uploading).toFixed(2)}` +
      (threads === 1 ? ' (gzip taken as twice as fast: two threads)' : ''),
  )
}

/** Half a million lines as fast as they can be printed, and a hundred thousand a second beside work. */
async function logs() {
  await fastLogs()
  await steadyLogs()
}

async function fastLogs() {
  const count = 500_000
  const entryPoint = join(scripts, 'lines.py')
  const env = { ...process.env, PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'UTF-8' }
  const [inJob, bare, behind, spent] = [[], [], [], []]
  for (let round = 0; round < 3; round++) {
    const path = join(data, 'lines.txt')
    spawnSync(python, [entryPoint, '--lines', String(count)], {
      env,
      stdio: ['ignore', openSync(path, 'w'), 'inherit'],
    })
    bare.push(Number(/seconds (.*)/.exec(readFileSync(path, 'utf8'))[1]))
    const before = processorSeconds(server.pid)
    const { name, stages } = await run({ entryPoint, hyperparameters: { lines: count } })
    spent.push(processorSeconds(server.pid) - before)
    const { stored, seconds } = await logOf(name)
    if (stored !== count) throw new Error(`${stored} of ${count} lines were stored`)
    inJob.push(seconds)
    behind.push(stages.Uploading)
  }
  say(
    `${count} lines`,
    `${Math.round(count / median(inJob))} a second in a job, ${Math.round(count / median(bare))} without; ratio ${(median(bare) / median(inJob)).toFixed(2)}; all stored ${median(behind).toFixed(1)} s after the script's end; ${median(spent).toFixed(1)} s of a processor in the server`,
  )
}

async function steadyLogs() {
  const [pace, seconds] = [Number(process.env.LINES_PER_SECOND ?? 100_000), 10]
  const entryPoint = join(scripts, 'steady_lines.py')
  const env = { ...process.env, PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'UTF-8' }
  const unitsIn = (text) => Number(/units (\d+)/.exec(text)[1])
  const [inJob, bare, serverPart, agentPart] = [[], [], [], []]
  for (let round = 0; round < 3; round++) {
    const path = join(data, 'lines.txt')
    spawnSync(python, [entryPoint, '--pace', String(pace), '--seconds', String(seconds)], {
      env,
      stdio: ['ignore', openSync(path, 'w'), 'inherit'],
    })
    bare.push(unitsIn(readFileSync(path, 'utf8')))
    const before = processorSeconds(server.pid)
    const agent = watchAgent()
    const { name } = await run({ entryPoint, hyperparameters: { pace, seconds } }, undefined, 500)
    agentPart.push(agent.end() / seconds)
    serverPart.push((processorSeconds(server.pid) - before) / seconds)
    const { stored, last } = await logOf(name)
    if (stored !== pace * seconds) throw new Error(`${stored} of ${pace * seconds} lines were stored`)
    inJob.push(unitsIn(last))
  }
  const part = (values) => median(values).toFixed(2)
  say(
    `${pace} lines a second beside work`,
    `${(100 * (1 - median(inJob) / median(bare))).toFixed(1)} % less work done in a job, none lost; ${part(serverPart)} of a core in the server, ${part(agentPart)} in the agent`,
  )
}

/** Counts the processor time of the one agent that runs, until it ends. */
function watchAgent() {
  let seconds = 0
  const look = setInterval(() => {
    try {
      for (const group of readdirSync(join(data, 'hosts'))) {
        const { pid } = JSON.parse(readFileSync(join(data, 'hosts', group, '0', 'claim'), 'utf8'))
        seconds = Math.max(seconds, processorSeconds(pid))
      }
    } catch {
      // It has not begun yet, or has ended.
    }
  }, 50)
  return {
    end() {
      clearInterval(look)
      return seconds
    },
  }
}

async function logOf(name) {
  const group = '/aws/sagemaker/TrainingJobs'
  const { logStreams } = await session.logs.DescribeLogStreams({
    logGroupName: group,
    logStreamNamePrefix: `${name}/`,
  })
  let [stored, seconds, last, nextToken] = [0, 0, '', undefined]
  for (;;) {
    const page = await session.logs.GetLogEvents({
      logGroupName: group,
      logStreamName: logStreams[0].logStreamName,
      startFromHead: true,
      ...(nextToken ? { nextToken } : {}),
    })
    if (page.events.length === 0) return { stored, seconds, last }
    for (const { message } of page.events) {
      if (message.startsWith('step ')) stored += 1
      if (message.startsWith('lines ')) last = message
      if (message.startsWith('seconds ')) seconds = Number(message.split(' ')[1])
    }
    nextToken = page.nextForwardToken
  }
}

/** PipeModeDataset against TFRecordDataset over the same bytes on disk. */
async function pipe() {
  for (const bytes of (process.env.RECORD_BYTES ?? '1000,100000').split(',')) {
    const folder = join(data, `records-${bytes}`)
    mkdirSync(folder)
    const megabytes = Number(bytes) < 10_000 ? 1000 : 2000
    const made = spawnSync(python, [join(scripts, 'make_records.py'), folder, bytes, String(megabytes)])
    if (made.status !== 0) throw new Error(String(made.stderr))
    const base = `s3://${await session.defaultBucket()}/records-${bytes}`
    for (const file of readdirSync(folder)) await uploadFile(session, join(folder, file), `${base}/${file}`)
    const { name } = await run(
      { entryPoint: join(scripts, 'pipe.py'), environment: { RECORD_BYTES: bytes } },
      {
        file: `${base}/tfrecord`,
        tfrecord: { uri: `${base}/tfrecord`, mode: 'Pipe' },
        recordio: { uri: `${base}/recordio`, mode: 'Pipe' },
      },
    )
    const measured = await measurements(name)
    for (const way of ['drained', 'parsed']) {
      const of = (kind) =>
        median(measured.filter((row) => row.kind === kind && row.way === way).map((row) => row.seconds))
      const ratio = (kind) => (of('file') / of(kind)).toFixed(2)
      say(
        `records of ${bytes} bytes, ${way}`,
        `file ${Math.round(megabytes / of('file'))} MB/s; TFRecord ${ratio('TFRecord')}, RecordIO ${ratio('RecordIO')} of it`,
      )
    }
  }
}

async function measurements(name) {
  const group = '/aws/sagemaker/TrainingJobs'
  const { events } = await session.logs.FilterLogEvents({
    logGroupName: group,
    logStreamNamePrefix: `${name}/`,
    filterPattern: 'measured',
  })
  return events
    .map(({ message }) => message.split(' '))
    .filter(([word]) => word === 'measured')
    .map(([, kind, way, , seconds]) => ({ kind, way, seconds: Number(seconds) }))
}

/** A job from its creation to its end, and how long each stage took, in seconds. */
async function run(options, inputs, pollMilliseconds = 20) {
  const estimator = new TensorFlow({ session, role, frameworkVersion, pyVersion: 'py311', ...options })
  const started = performance.now()
  const name = await estimator.fit(inputs, { wait: false })
  for (;;) {
    const job = await session.sagemaker.DescribeTrainingJob({ TrainingJobName: name })
    if (job.TrainingJobStatus === 'Failed') throw new Error(job.FailureReason)
    if (job.TrainingJobStatus === 'Completed') {
      const seconds = (performance.now() - started) / 1000
      const stages = job.SecondaryStatusTransitions.map(({ Status, StartTime, EndTime }) => [
        Status,
        (EndTime - StartTime) / 1000,
      ])
      return { name, seconds, stages: Object.fromEntries(stages) }
    }
    await sleep(pollMilliseconds)
  }
}

/** Fields 14 and 15 of its stat, in hundredths of a second. */
function processorSeconds(pid) {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13)
  return (Number(user) + Number(system)) / 100
}

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
function timedSync(work) {
  const started = performance.now()
  work()
  return (performance.now() - started) / 1000
}
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const say = (name, value) => console.log(`${name}: ${value}`)

const role = 'arn:aws:iam::123456789012:role/SageMakerRole'
const server = spawn(
  'node',
  [join(root, 'packages/cli/bin/sagebrush.js'), 'serve', '--port', '0', '--data', data],
  { stdio: 'ignore' },
)
const session = await connect(data, server)
const sections = { overhead, files, many, model, logs, pipe }
const wanted = process.argv.slice(2)
try {
  for (const [name, section] of Object.entries(sections))
    if (wanted.length === 0 || wanted.includes(name)) await section()
} finally {
  server.kill('SIGTERM')
  await new Promise((resolve) => server.once('exit', resolve))
  rmSync(data, { recursive: true, force: true })
}
