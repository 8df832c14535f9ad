import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  EndpointFailed,
  type Predictor,
  TensorFlow,
  TensorFlowModel,
  type TensorFlowOptions,
  type TrainingEvent,
  TrainingJobFailed,
  uploadData,
} from '@sagebrush/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServerProcess } from './server-process.ts'

const role = 'arn:aws:iam::123456789012:role/SageMakerRole'
const frameworkVersion = '2.21.0'
const scripts = join(import.meta.dirname, '../python/scripts')
let server: ServerProcess
let folder: string

beforeAll(async () => {
  server = await ServerProcess.start()
  folder = await mkdtemp(join(tmpdir(), 'sagebrush-sdk-'))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function estimator(entryPoint: string, options: Partial<TensorFlowOptions> = {}): TensorFlow {
  return new TensorFlow({
    session: server.session,
    role,
    frameworkVersion,
    pyVersion: 'py311',
    entryPoint,
    ...options,
  })
}

async function script(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

test('fit streams the log, deploy serves the model and predict asks it', { timeout: 600_000 }, async () => {
  const trained = estimator(join(scripts, 'half_plus_two.py'))
  const events: TrainingEvent[] = []
  await trained.fit(undefined, { onEvent: (event) => events.push(event) })
  expect(events.flatMap((event) => (event.type === 'status' ? event.status : []))).toContain('Training')
  const predictor: Predictor = await trained.deploy()
  expect(await predictor.predict({ instances: [1, 2, 5] })).toEqual({ predictions: [2.5, 3, 4.5] })
  await expect(predictor.predict({ instances: ['a'] })).rejects.toThrow('not of expected type: float')
  await predictor.deleteEndpoint()
  await expect(predictor.predict([1])).rejects.toThrow('not found')
})

test('data of a folder reaches the script as the channel training', { timeout: 300_000 }, async () => {
  const source = await mkdtemp(join(folder, 'data-'))
  await writeFile(join(source, 'a.txt'), 'forty-two')
  const uri = await uploadData(server.session, source, { keyPrefix: 'sdk' })
  const lines: string[] = []
  const program = await script(
    'read.py',
    'import os, sys\nprint(open(os.environ["SM_CHANNEL_TRAINING"] + "/a.txt").read(), sys.argv[1:])\n',
  )
  await estimator(program, { hyperparameters: { name: 'a b', epochs: 2 } }).fit(uri, {
    onEvent: (event) => event.type === 'log' && lines.push(event.line),
  })
  expect(lines).toContain("forty-two ['--epochs', '2', '--model_dir', '/opt/ml/model', '--name', 'a b']")
})

test('an attached job tells its log from the begin, with a channel of Pipe mode and a metric', {
  timeout: 300_000,
}, async () => {
  const source = await mkdtemp(join(folder, 'piped-'))
  await writeFile(join(source, 'a.gz'), gzipSync('loss: 0.25'))
  const uri = await uploadData(server.session, source, { keyPrefix: 'piped' })
  const program = await script('pipe.py', 'print(open("/opt/ml/input/data/train_0").read())\n')
  const begun = estimator(program, { inputMode: 'Pipe', metrics: { loss: 'loss: (.*)' } })
  const jobName = await begun.fit({ train: { uri, compression: 'Gzip', shuffleSeed: 1 } }, { wait: false })
  const lines: string[] = []
  const attached = estimator(program)
  await attached.attach(jobName, { onEvent: (event) => event.type === 'log' && lines.push(event.line) })
  expect(lines).toContain('loss: 0.25')
  expect(attached.jobName).toBe(jobName)
  const job = await server.session.sagemaker.DescribeTrainingJob({ TrainingJobName: jobName })
  expect(job.FinalMetricDataList).toMatchObject([{ MetricName: 'loss', Value: 0.25 }])
})

test('a failing script rejects with its own words', { timeout: 300_000 }, async () => {
  const program = await script('fail.py', 'raise ValueError("boom")\n')
  const failure = await estimator(program)
    .fit()
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(TrainingJobFailed)
  expect(String(failure)).toContain('ErrorMessage "ValueError: boom"')
})

test('a model that cannot be served rejects with the reason', { timeout: 300_000 }, async () => {
  const broken = await script('model.tar.gz', 'this is no archive')
  const deploy = (modelData: string) =>
    new TensorFlowModel({ session: server.session, role, frameworkVersion, modelData }).deploy()
  const uri = await uploadData(server.session, broken, { keyPrefix: 'broken' })
  const failure = await deploy(uri).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(EndpointFailed)
  expect(String(failure)).toContain(`${uri} cannot be used: the archive is broken`)
  await expect(deploy('s3://none/model.tar.gz')).rejects.toMatchObject({
    code: 'ValidationException',
    message: 'Could not find model data at s3://none/model.tar.gz.',
  })
})
