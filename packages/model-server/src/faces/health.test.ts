import { expect, test } from 'vitest'
import { inlineLane } from '../lanes/lane.ts'
import { createManager } from '../lifecycle/manager.ts'
import { createPredictService } from '../prediction/predict-service.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { healthFace } from './health.ts'

const broken = { id: { model: 'b', version: 1 }, load: () => Promise.reject(new Error('broken')) }

async function answersOf(
  loaders: Parameters<ReturnType<typeof createManager>['load']>[0],
  method: string,
  target: string,
  isReady?: () => boolean,
): Promise<readonly [number, string]> {
  await using manager = createManager()
  await manager.load(loaders).catch(() => undefined)
  const face = healthFace(createPredictService(manager, inlineLane), isReady)
  const request = {
    method,
    target,
    body: new Uint8Array(0),
    header: () => undefined,
    isAbandoned: () => false,
  }
  const { status, body } = await face(request)
  return [status, Buffer.from(body).toString()]
}

const one = [plainLoader('m', 2)]
test.each([
  ['live without a model', [], 'GET', '/healthz', 200, '{"live":true}'],
  ['live by its other name', [], 'GET', '/v2/health/live', 200, '{"live":true}'],
  ['not ready without a model', [], 'GET', '/readyz', 503, '{"ready":false}'],
  ['ready', one, 'GET', '/readyz', 200, '{"ready":true}'],
  ['ready by its other name', one, 'GET', '/v2/health/ready?verbose', 200, '{"ready":true}'],
  ['not ready while one model is missing', [...one, broken], 'GET', '/readyz', 503, '{"ready":false}'],
  ['ready, without a body', one, 'HEAD', '/readyz', 200, ''],
  ['a model', one, 'GET', '/v2/models/m/ready', 200, '{"name":"m","ready":true}'],
  ['its version', one, 'GET', '/v2/models/m/versions/2/ready', 200, '{"name":"m","ready":true}'],
  ['another version', one, 'GET', '/v2/models/m/versions/3/ready', 503, '{"name":"m","ready":false}'],
  ['an unknown model', one, 'GET', '/v2/models/x/ready', 503, '{"name":"x","ready":false}'],
  ['a name that cannot be decoded', one, 'GET', '/v2/models/%zz/ready', 503, '{"name":"%zz","ready":false}'],
  ['another method', one, 'POST', '/readyz', 404, '{"error": "Not Found"}'],
  ['a longer path', one, 'GET', '/healthzz', 404, '{"error": "Not Found"}'],
] as const)('%s', async (_situation, loaders, method, target, status, body) => {
  expect(await answersOf(loaders, method, target)).toEqual([status, body])
})

test('is ready where the caller says so', async () => {
  expect(await answersOf(one, 'GET', '/readyz', () => false)).toEqual([503, '{"ready":false}'])
  expect(await answersOf([], 'GET', '/readyz', () => true)).toEqual([200, '{"ready":true}'])
})
