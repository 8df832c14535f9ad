import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ProtobufReader } from '../formats/protobuf.ts'
import { decodeTensor } from '../formats/tensor-proto/decode.ts'
import { writeTensor } from '../formats/tensor-proto/encode.ts'
import { WireWriter } from '../formats/tensor-proto/wire-writer.ts'
import { inlineLane } from '../lanes/lane.ts'
import { createManager, type Manager } from '../lifecycle/manager.ts'
import { createPredictService } from '../prediction/predict-service.ts'
import { plainLoader, signatureOf } from '../testing/plain-servable.ts'
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from './grpc-server.ts'

const float = { dtype: 'float32' } as const
const text = { dtype: 'string' } as const
const more = {
  pair: signatureOf({ a: float, b: float }, { a: float, b: float }),
  words: signatureOf({ inputs: text }, { outputs: text }),
}
let scratch: string
let manager: Manager
let server: GrpcServer
let client: Client
const reloads: unknown[] = []

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'sagebrush-grpc-'))
  manager = createManager()
  await manager.load([plainLoader('m', 3, more)])
  server = await open({ socketPath: join(scratch, 'socket') })
  client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure())
})
afterAll(async () => {
  client.close()
  await server.close(1)
  await manager[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true })
})

const open = (options: Partial<GrpcServerOptions> = {}): Promise<GrpcServer> =>
  startGrpcServer({
    service: createPredictService(manager, inlineLane),
    ...{ host: '127.0.0.1', port: 0, limitBytes: 4096, hasHealthService: true },
    reload: async (config) => void reloads.push(config),
    ...options,
  })

function call(method: string, body: Uint8Array, by: Client = client): Promise<Buffer> {
  const same = (bytes: Buffer): Buffer => bytes
  return new Promise((resolve, reject) => {
    by.makeUnaryRequest(`/${method}`, same, same, Buffer.from(body), (error, value) =>
      error ? reject(error) : resolve(value ?? Buffer.alloc(0)),
    )
  })
}

const predictService = 'tensorflow.serving.PredictionService'

interface Asked {
  readonly model?: string
  readonly signature?: string
  readonly version?: number
  readonly label?: string
  readonly inputs?: Readonly<Record<string, readonly number[]>>
  readonly filter?: readonly string[]
}

function request({ model = 'm', signature, version, label, inputs = {}, filter = [] }: Asked): Buffer {
  const writer = new WireWriter()
  writer.message(1, () => {
    writer.textField(1, model)
    if (version !== undefined) writer.message(2, () => writer.integerField(1, version))
    if (signature !== undefined) writer.textField(3, signature)
    if (label !== undefined) writer.textField(4, label)
  })
  for (const [alias, values] of Object.entries(inputs)) {
    const data = new Uint8Array(Float32Array.from(values).buffer)
    writer.message(2, () => {
      writer.textField(1, alias)
      writeTensor(writer, 2, { dtype: 'float32', shape: [values.length], data }, 'content')
    })
  }
  for (const alias of filter) writer.textField(3, alias)
  return writer.finish()
}

function answered(bytes: Uint8Array): Record<string, number[]> {
  const outputs: Record<string, number[]> = {}
  const reader = new ProtobufReader(bytes)
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip()
      continue
    }
    const entry = reader.message()
    entry.next()
    const alias = entry.text()
    entry.next()
    const { data } = decodeTensor(entry.bytes())
    outputs[alias] = [...new Float32Array(Uint8Array.from(data as Uint8Array).buffer)]
  }
  return outputs
}

const failure = (made: Promise<unknown>): Promise<ServiceError> =>
  made.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: ServiceError) => error,
  )

describe('Predict', () => {
  test('answers values, and says which model did', async () => {
    const bytes = await call(`${predictService}/Predict`, request({ inputs: { x: [1, 2, 5] } }))
    expect(answered(bytes)).toEqual({ y: [2.5, 3, 4.5] })
    const spec = '\u0012\u0018\n\u0001m\u0012\u0002\b\u0003\u001a\u000fserving_default'
    expect(
      bytes.toString('latin1').endsWith(spec.replace('\u0018', String.fromCharCode(spec.length - 2))),
    ).toBe(true)
  })

  test('answers over a unix socket', async () => {
    const local = new Client(`unix:${join(scratch, 'socket')}`, credentials.createInsecure())
    const bytes = await call(`${predictService}/Predict`, request({ inputs: { x: [4] } }), local)
    expect(answered(bytes)).toEqual({ y: [4] })
    local.close()
  })

  test.each<[string, Asked, number, string]>([
    ['no name', { model: '' }, 3, 'ModelSpec has no name specified.'],
    ['an unknown model', { model: 'n' }, 5, 'Servable not found for request: Latest(n)'],
    ['an unknown version', { version: 5 }, 5, 'Servable not found for request: Specific(m, 5)'],
    ['an unknown label', { label: 'L' }, 3, 'Unrecognized servable version label: L'],
    ['an unknown signature', { signature: 'x' }, 9, 'Serving signature key "x" not found.'],
    [
      'a missing input',
      { signature: 'pair', inputs: { a: [1] } },
      3,
      'input size does not match signature: 1!=2 len({a}) != len({a,b}). Sent extra: {}. Missing but required: {b}.',
    ],
    [
      'an unknown output',
      { inputs: { x: [1] }, filter: ['z'] },
      3,
      'output tensor alias not found in signature: z Outputs expected to be in the set {y}.',
    ],
    [
      'an output asked for twice',
      { inputs: { x: [1] }, filter: ['y', 'y'] },
      3,
      'duplicate output tensor alias: y',
    ],
  ])('refuses %s', async (_situation, asked, code, details) => {
    const error = await failure(call(`${predictService}/Predict`, request(asked)))
    expect([error.code, error.details]).toEqual([code, details])
  })

  test('refuses no model spec, bytes that are no message, and more bytes than the limit', async () => {
    const refusals = [new Uint8Array(0), Uint8Array.of(10, 200), new Uint8Array(5000)].map((body) =>
      failure(call(`${predictService}/Predict`, body)),
    )
    const codes = (await Promise.all(refusals)).map(({ code }) => code)
    expect(codes).toEqual([3, 13, 8])
  })

  test('cuts a long text', async () => {
    const error = await failure(call(`${predictService}/Predict`, request({ signature: 'x'.repeat(3000) })))
    expect(error.details).toHaveLength(1024 + '...TRUNCATED'.length)
    expect(error.details).toMatch(/xxx\.\.\.TRUNCATED$/)
  })
})

test('a method that there is not is UNIMPLEMENTED', async () => {
  const error = await failure(call('tensorflow.serving.SessionService/SessionRun', new Uint8Array(0)))
  expect(error.code).toBe(12)
})

test('GetModelStatus tells the states, newest first', async () => {
  const bytes = await call('tensorflow.serving.ModelService/GetModelStatus', request({}))
  expect([...bytes]).toEqual([10, 6, 8, 3, 16, 30, 26, 0])
})

test.each([
  ['no field', [], 'GetModelMetadataRequest must specify at least one metadata_field'],
  ['an unknown field', ['x'], 'Metadata field x is not supported'],
])('GetModelMetadata refuses %s', async (_situation, fields, details) => {
  const writer = new WireWriter()
  writer.raw(request({}))
  for (const field of fields) writer.textField(2, field)
  const error = await failure(call(`${predictService}/GetModelMetadata`, writer.finish()))
  expect([error.code, error.details]).toEqual([3, details])
})

test('HandleReloadConfigRequest hands the configuration on', async () => {
  const writer = new WireWriter()
  writer.message(1, () =>
    writer.message(1, () =>
      writer.message(1, () => {
        writer.textField(1, 'other')
        writer.textField(2, '/models/other')
        writer.textField(4, 'tensorflow')
      }),
    ),
  )
  const bytes = await call('tensorflow.serving.ModelService/HandleReloadConfigRequest', writer.finish())
  expect([...bytes]).toEqual([10, 0])
  expect(reloads).toMatchObject([{ models: [{ name: 'other', basePath: '/models/other' }] }])
})

test('health is SERVING for the services that there are', async () => {
  const named = (name: string) => Buffer.concat([Buffer.from([10, name.length]), Buffer.from(name)])
  expect([...(await call('grpc.health.v1.Health/Check', named('PredictionService')))]).toEqual([8, 1])
  expect((await failure(call('grpc.health.v1.Health/Check', named('other')))).code).toBe(5)
})

test.each([
  ['no list of models', new Uint8Array(0), 3, /^ServerModelConfig type not supported/],
  ['a model without a name', Uint8Array.of(10, 4, 10, 2, 10, 0), 3, /has no name/],
])('HandleReloadConfigRequest fails for %s', async (_situation, body, code, details) => {
  const error = await failure(call('tensorflow.serving.ModelService/HandleReloadConfigRequest', body))
  expect([error.code, error.details]).toEqual([code, expect.stringMatching(details)])
})

test('more requests at once than allowed are refused', async () => {
  let begun = (): void => undefined
  let end = (): void => undefined
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const reload = async (): Promise<void> => {
    begun()
    await ended
  }
  const busy = await open({ maxRequests: 1, reload })
  const by = new Client(`127.0.0.1:${busy.port}`, credentials.createInsecure())
  const body = Uint8Array.of(10, 2, 10, 0)
  const first = call('tensorflow.serving.ModelService/HandleReloadConfigRequest', body, by)
  await hasBegun
  const refused = await failure(call(`${predictService}/Predict`, request({ inputs: { x: [1] } }), by))
  expect([refused.code, refused.details]).toEqual([8, 'Server Threadpool Exhausted'])
  end()
  await first
  expect(answered(await call(`${predictService}/Predict`, request({ inputs: { x: [1] } }), by))).toEqual({
    y: [2.5],
  })
  by.close()
  await busy.close(1)
})
