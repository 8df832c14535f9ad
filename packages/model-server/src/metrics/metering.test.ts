import { beforeEach, describe, expect, test } from 'vitest'
import { batched, createBatchScheduler } from '../batching/batched.ts'
import { batchingOptions } from '../batching/options.ts'
import type { Face } from '../faces/http.ts'
import { serverFace } from '../faces/server-face.ts'
import { inlineLane } from '../lanes/lane.ts'
import { createManager, type Manager } from '../lifecycle/manager.ts'
import { watchFailures } from '../prediction/failures.ts'
import { createPredictService, type PredictService } from '../prediction/predict-service.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { createMetering, type Metering } from './metering.ts'

let metering: Metering
let manager: Manager
let service: PredictService
let face: Face
beforeEach(() => {
  metering = createMetering('/metrics')
  manager = createManager()
  metering.models(manager)
  service = watchFailures(createPredictService(manager, inlineLane), metering.failed)
  face = metering.face(serverFace(service, { defaultModel: 'm', isStrict: false }))
})

const load = (...loaders: Parameters<Metering['meters']>[0][]) =>
  manager.load(loaders.map((loader) => metering.meters(loader)))

async function ask(method: string, target: string, body = ''): Promise<{ status: number; text: string }> {
  const request = {
    method,
    target,
    body: Buffer.from(body),
    header: () => undefined,
    isAbandoned: () => false,
  }
  const answer = await face(request)
  return { status: answer.status, text: Buffer.from(answer.body).toString() }
}
const predict = (model: string, body: string) => ask('POST', `/v1/models/${model}:predict`, body)

/** Values by metric and labels; of histograms only how much they have counted. */
async function values(pattern: RegExp): Promise<Record<string, number>> {
  const { text } = await ask('GET', '/metrics')
  const samples = text.split('\n').filter((line) => pattern.test(line) && !/^#|_bucket\{|_sum\{/.test(line))
  return Object.fromEntries(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  )
}

describe('requests', () => {
  test('are counted by model and status, and those that succeed are measured', async () => {
    await load(plainLoader('m', 1))
    await predict('m', '{"instances": [[1]]}')
    await predict('m', '{"instances": [[1], [2]]}')
    await predict('m', '{"instances": ["a"]}')
    expect(await values(/:request_count|:request_latency|:runtime_latency/)).toEqual({
      ':tensorflow:serving:request_count{model_name="m",status="OK"}': 2,
      ':tensorflow:serving:request_count{model_name="m",status="INVALID_ARGUMENT"}': 1,
      ':tensorflow:serving:request_latency_count{model_name="m",API="predict",entrypoint="REST"}': 2,
      ':tensorflow:serving:runtime_latency_count{model_name="m",API="Predict",runtime="TF1"}': 2,
    })
  })

  test('for models that nobody has heard of share one cell', async () => {
    await load(plainLoader('m', 1))
    for (const name of ['a', 'b', 'c']) await predict(name, '{"instances": [[1]]}')
    expect(await values(/NOT_FOUND/)).toEqual({
      ':tensorflow:serving:request_count{model_name="",status="NOT_FOUND"}': 3,
    })
  })

  test('tell by gRPC which method they called', async () => {
    await load(plainLoader('m', 1))
    // PredictRequest { inputs 2 { key 1: x, value 2 { dtype 1: DT_FLOAT, shape 2 [1, 1], float_val 5: 1 } } }
    const tensor = [8, 1, 18, 8, 18, 2, 8, 1, 18, 2, 8, 1, 42, 4, 0, 0, 128, 63]
    const input = [10, 1, 120, 18, tensor.length, ...tensor]
    const document = {
      rpc: 'Predict',
      body: Buffer.from([18, input.length, ...input]),
      form: 'values',
    } as const
    await service.answer({ model: 'm', version: 'latest', document, isAbandoned: () => false })
    expect(await values(/GRPC/)).toEqual({
      ':tensorflow:serving:request_latency_count{model_name="m",API="Predict",entrypoint="GRPC"}': 1,
    })
  })

  test('are told by stage for each version and signature, until it is unloaded', async () => {
    const stages = (version: number) =>
      ['decode', 'queue', 'run', 'encode'].map(
        (stage) =>
          `sagebrush_request_stage_seconds_count{model_name="m",version="${version}",signature="serving_default",stage="${stage}"}`,
      )
    const counted = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 1]))
    await load(plainLoader('m', 1))
    await predict('m', '{"instances": [[1]]}')
    await load(plainLoader('m', 2))
    await predict('m', '{"instances": [[1]]}')
    expect(await values(/^sagebrush_request_stage/)).toEqual(counted([...stages(1), ...stages(2)]))
    manager.aspire('m', [plainLoader('m', 2)])
    await expect.poll(() => manager.states('m').map(({ state }) => state)).toEqual(['AVAILABLE', 'END'])
    expect(await values(/^sagebrush_request_stage/)).toEqual(counted(stages(2)))
  })
})

test('batches tell their rows, their number and how long each request waited', async () => {
  const options = batchingOptions({ maxBatchSize: 8 }, 1)
  const scheduler = createBatchScheduler(options, metering.observeBatch)
  const { id, load: loadPlain } = plainLoader('m', 1)
  await load({ id, load: async () => batched(await loadPlain(), options, scheduler) })
  await Promise.all([predict('m', '{"instances": [[1], [2]]}'), predict('m', '{"instances": [[3]]}')])
  expect(await values(/batch/)).toEqual({
    ':tensorflow:serving:batching_session:queuing_latency_count{thread_pool_name="batch_threads"}': 2,
    ':tensorflow:serving:batching_session:wrapped_run_count{}': 1,
    'sagebrush_batch_rows_count{model_name="m"}': 1,
  })
  expect((await ask('GET', '/metrics')).text).toContain('sagebrush_batch_rows_sum{model_name="m"} 3\n')
})

describe('loads', () => {
  test('are counted by directory and outcome', async () => {
    const { id, load: loadPlain } = plainLoader('m', 1)
    const broken = { id: { model: 'x', version: 1 }, load: () => Promise.reject(new Error('broken')) }
    await load(metering.loads({ id, load: loadPlain }, '/m/1'))
    await load(metering.loads(broken, '/x/1')).catch(() => undefined)
    expect(await values(/load_attempt|sagebrush_model_versions.*(AVAILABLE|END)/)).toEqual({
      ':tensorflow:cc:saved_model:load_attempt_count{model_path="/m/1",status="success"}': 1,
      ':tensorflow:cc:saved_model:load_attempt_count{model_path="/x/1",status="fail"}': 1,
      'sagebrush_model_versions{model_name="m",state="AVAILABLE"}': 1,
      'sagebrush_model_versions{model_name="m",state="END"}': 0,
      'sagebrush_model_versions{model_name="x",state="AVAILABLE"}': 0,
      'sagebrush_model_versions{model_name="x",state="END"}': 1,
    })
  })

  test('tell how long warm-up took', async () => {
    metering.warmedUp('/m/1', 1500, 'OK')
    expect(await values(/warmup/)).toEqual({
      ':tensorflow:serving:model_warmup_latency_count{model_path="/m/1",status="OK"}': 1,
    })
  })
})

test.each([
  ['GET', '/metrics', 200],
  ['GET', '/metrics?x=1', 200],
  ['POST', '/metrics', 404],
  ['GET', '/metricsx', 404],
])('%s %s is answered with %d', async (method, target, status) => {
  expect((await ask(method, target)).status).toBe(status)
})

test('tells of the process by the names that other servers use', async () => {
  expect(Object.keys(await values(/^process_/))).toEqual([
    'process_start_time_seconds{}',
    'process_resident_memory_bytes{}',
    'process_cpu_seconds_total{}',
  ])
})

test('without a path every part stays as it is', () => {
  const none = createMetering(undefined)
  const loader = plainLoader('m', 1)
  expect([none.loads(loader, '/'), none.meters(loader), none.face(face)]).toEqual([loader, loader, face])
})
