import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  InvokeEndpointCommand,
  SageMakerRuntimeClient,
  ValidationError,
} from '@aws-sdk/client-sagemaker-runtime'
import { MultiDataModel, type Predictor, TensorFlow } from '@sagebrush/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServerProcess } from './server-process.ts'

const role = 'arn:aws:iam::123456789012:role/SageMakerRole'
const frameworkVersion = '2.21.0'
const scripts = join(import.meta.dirname, '../python/scripts')
let server: ServerProcess
let folder: string
let many: MultiDataModel
let predictor: Predictor

/** A model trained by a script, then an endpoint for many. */
beforeAll(async () => {
  server = await ServerProcess.start()
  folder = await mkdtemp(join(tmpdir(), 'sagebrush-multi-model-'))
  const { session } = server
  const entryPoint = join(scripts, 'half_plus_two.py')
  const trained = new TensorFlow({ session, role, frameworkVersion, pyVersion: 'py311', entryPoint })
  await trained.fit()
  const source = await trained.modelData()
  const modelDataPrefix = `s3://${await session.defaultBucket()}/many`
  many = new MultiDataModel({ session, role, frameworkVersion, modelDataPrefix })
  await many.addModel(source, 'deep/a.tar.gz')
  predictor = await many.deploy()
})
afterAll(async () => {
  await predictor.deleteEndpoint()
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const instances = { instances: [1, 2, 5] }

test('a model is added by its place in S3, listed, and answers by its name', async () => {
  const names: string[] = []
  for await (const name of many.listModels()) names.push(name)
  expect(names).toEqual(['deep/a.tar.gz'])
  const answer = await predictor.predict(instances, { targetModel: 'deep/a.tar.gz' })
  expect(answer).toEqual({ predictions: [2.5, 3, 4.5] })
})

test('a file of this machine becomes a model while the endpoint runs', async () => {
  const path = join(folder, 'text.tar.gz')
  await writeFile(path, 'no archive')
  const targetModel = await many.addModel(path)
  expect(targetModel).toBe('text.tar.gz')
  await expect(predictor.predict(instances, { targetModel })).rejects.toThrow(
    'Failed to extract model data archive',
  )
})

test("AWS's SDK for JavaScript names the model, and hears what it may not ask", async () => {
  const read = async (file: string) => JSON.parse(await readFile(join(server.data, file), 'utf8'))
  const { url: endpoint, region } = await read('server.json')
  const client = new SageMakerRuntimeClient({ endpoint, region, credentials: await read('credentials.json') })
  const invoke = (TargetModel?: string) =>
    client.send(
      new InvokeEndpointCommand({
        EndpointName: predictor.endpointName,
        ContentType: 'application/json',
        Body: JSON.stringify(instances),
        ...(TargetModel === undefined ? {} : { TargetModel }),
      }),
    )
  const answer = await invoke('deep/a.tar.gz')
  expect(JSON.parse(answer.Body.transformToString())).toEqual({ predictions: [2.5, 3, 4.5] })
  await expect(invoke()).rejects.toThrow(/is missing a target model header/)
  await expect(invoke('none')).rejects.toBeInstanceOf(ValidationError)
  client.destroy()
})
