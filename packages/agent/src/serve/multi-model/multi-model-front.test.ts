import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveOf, plainMachine, servePlan, TestHost } from '../../testing/test-host.ts'

const program = fileURLToPath(new URL('./fixtures/container.mjs', import.meta.url))

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

const put = (name: string, says: string): void => host.put(`models/${name}`, archiveOf({ says }))

/** Starts an instance and resolves to the address that it reports. */
async function serving(
  environment: Readonly<Record<string, string>> = {},
  more: { readonly isCaching?: boolean } = {},
): Promise<string> {
  const multiModel = { prefix: 's3://bucket/models/', isCaching: true, ...more }
  host.start(servePlan(host, { multiModel, environment }), plainMachine(), program)
  const report = await host.until(
    'serving',
    (latest) => latest.phase === 'running' && latest.address !== undefined,
  )
  return (report.phase === 'running' && report.address) || ''
}

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

async function invoke(address: string, target: string, body = ''): Promise<Answer> {
  const asked = request(`http://${address}/invocations`, {
    method: 'POST',
    agent: false,
    headers: { 'x-amzn-sagemaker-target-model': target },
  })
  asked.end(body)
  const [response] = await once(asked, 'response')
  return { status: response.statusCode, headers: response.headers, text: await text(response) }
}

const answerOf = async (address: string, target: string, body = '') =>
  JSON.parse((await invoke(address, target, body)).text)

describe('an instance of a multi-model endpoint', () => {
  it('brings and loads a model when it is first asked for, once for all who ask', async () => {
    put('a.tar.gz', 'I am a')
    put('deep/er/b.tar.gz', 'I am b')
    const address = await serving()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, index) => answerOf(address, 'a.tar.gz', `body ${index}`)),
    )
    expect(answers.map(({ says, body, loads }) => [says, body, loads])).toEqual(
      Array.from({ length: 20 }, (_none, index) => ['I am a', `body ${index}`, 1]),
    )
    expect(await answerOf(address, 'deep/er/b.tar.gz')).toMatchObject({
      says: 'I am b',
      target: 'deep/er/b.tar.gz',
      mode: 'true',
    })
  })

  it('says in words of its own what cannot be had', async () => {
    host.put('models/text.tar.gz', 'no archive')
    const address = await serving()
    const missing = await invoke(address, 'none.tar.gz')
    expect([missing.status, missing.headers['x-sagebrush-error'], missing.text]).toEqual([
      400,
      'ValidationError',
      'Failed to download model data(bucket: bucket, key: models/none.tar.gz). Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the model.',
    ])
    const broken = await invoke(address, 'text.tar.gz')
    expect([broken.status, broken.headers['x-sagebrush-error']]).toEqual([400, 'ValidationError'])
    expect(broken.text).toMatch(
      /^Failed to extract model data archive from URL "s3:\/\/bucket\/models\/text\.tar\.gz"/,
    )
  })

  it('hands on what the container says of a model that it cannot load', async () => {
    put('broken.tar.gz', 'broken')
    const { status, headers, text: body } = await invoke(await serving(), 'broken.tar.gz')
    expect([status, headers['x-sagebrush-error'], body]).toEqual([500, undefined, '{"error":"broken"}'])
  })

  it('takes a changed archive when the model is loaded the next time', async () => {
    put('a.tar.gz', 'old')
    put('b.tar.gz', 'b')
    const address = await serving({ ROOM: '1' })
    expect((await answerOf(address, 'a.tar.gz')).says).toBe('old')
    put('a.tar.gz', 'new and longer, with much more to say')
    expect((await answerOf(address, 'a.tar.gz')).says).toBe('old')
    expect((await answerOf(address, 'b.tar.gz')).says).toBe('b')
    expect((await answerOf(address, 'a.tar.gz')).says).toBe('new and longer, with much more to say')
  })

  it('loads a model again each time where it shall not be kept', async () => {
    put('a.tar.gz', 'a')
    const address = await serving({}, { isCaching: false })
    const loads = [await answerOf(address, 'a.tar.gz'), await answerOf(address, 'a.tar.gz')]
    expect(loads.map((answer) => answer.loads)).toEqual([1, 2])
  })

  it('answers at the same address when its container died and came back', async () => {
    put('a.tar.gz', 'a')
    const address = await serving()
    await answerOf(address, 'a.tar.gz')
    await expect(invoke(address, 'a.tar.gz', 'die')).rejects.toThrow('socket hang up')
    await expect.poll(async () => (await invoke(address, 'a.tar.gz')).status, { timeout: 30_000 }).toBe(200)
    expect((await answerOf(address, 'a.tar.gz')).loads).toBe(1)
  })

  it('tells CloudWatch how models came and went', async () => {
    put('a.tar.gz', 'a')
    put('b.tar.gz', 'b')
    const address = await serving({ ROOM: '1' })
    for (const target of ['a.tar.gz', 'a.tar.gz', 'b.tar.gz']) await invoke(address, target)
    host.stop()
    await host.ended()
    const told = new Map<string, [count: number, sum: number]>()
    for (const [key, { SampleCount, Sum }] of host.server.metrics) {
      const [, name = ''] = key.split('/')
      const [count, sum] = told.get(name) ?? [0, 0]
      told.set(name, [count + SampleCount, sum + Sum])
    }
    expect(told.get('ModelCacheHit')).toEqual([3, 1])
    expect(told.get('LoadedModelCount')).toEqual([3, 2])
    const counts = [...told].map(([name, [count]]) => [name, count])
    expect(Object.fromEntries(counts)).toMatchObject({
      ModelLoadingWaitTime: 2,
      ModelDownloadingTime: 2,
      ModelLoadingTime: 3,
      ModelUnloadingTime: 1,
    })
  })

  it('brings the handlers for all models that the variables name', async () => {
    put('a.tar.gz', 'a')
    host.put('code/inference.py', 'def handler')
    host.put('code/lib/more.py', 'not here')
    const address = await serving({
      SAGEMAKER_MULTI_MODEL_UNIVERSAL_BUCKET: 'bucket',
      SAGEMAKER_MULTI_MODEL_UNIVERSAL_PREFIX: 'code',
    })
    expect((await answerOf(address, 'a.tar.gz')).code).toBe('def handler')
  })
})
