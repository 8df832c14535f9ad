import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import type { Step, StepEnd } from './step.ts'
import { startThreadPool, type ThreadPool } from './thread-pool.ts'

const program = new URL('../../../dist/handlers/node/thread/program.js', import.meta.url)

const script = `import { existsSync } from 'node:fs'
if (existsSync(new URL('broken', import.meta.url))) throw new Error('broken now')
const kept = []
export const handler = (data) => {
  const word = data.toString()
  if (word === 'grow') for (;;) kept.push(new Array(10_000).fill(1.5))
  if (word === 'exit') process.exit(1)
  return [word, 'text/plain']
}`

async function withPool(
  use: (pool: ThreadPool, directory: string) => Promise<void>,
  { text = script, loadMillis = 20_000 } = {},
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sagebrush-pool-'))
  try {
    const path = join(directory, 'inference.mjs')
    writeFileSync(path, text)
    const limits = { threads: 1, loadMillis, handlerMillis: 20_000, answerMillis: 20_000, heapMegabytes: 24 }
    const place = { program, script: pathToFileURL(path).href, packages: undefined, variables: undefined }
    const options = { ...limits, ...place, log: () => undefined }
    await using pool = await startThreadPool(options, new AbortController().signal)
    await use(pool, directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const ask = (pool: ThreadPool, word: string): Promise<StepEnd> =>
  new Promise((settle) => {
    const context = { restUri: '', grpcPort: 1, requestContentType: '', acceptHeader: '' }
    const none = { modelName: undefined, modelVersion: undefined, method: undefined }
    const step: Step = {
      given: { kind: 'request', body: Buffer.from(word) },
      context: { ...context, ...none, customAttributes: undefined, contentLength: undefined },
      callModel: () => Promise.reject(new Error('no model')),
      isAbandoned: () => false,
      cameAt: performance.now(),
      settle,
    }
    pool.run(step)
  })

test('a thread that runs out of memory is replaced', async () => {
  await withPool(async (pool) => {
    const [bad, good] = await Promise.all([ask(pool, 'grow'), ask(pool, 'a')])
    expect(bad).toEqual({ kind: 'lost', reason: 'ended because it ran out of memory' })
    expect(good).toMatchObject({ kind: 'answer', contentType: 'text/plain' })
  })
})

test('where a thread cannot be started again, requests are told why, until one can', async () => {
  await withPool(async (pool, directory) => {
    const broken = join(directory, 'broken')
    writeFileSync(broken, '')
    expect(await ask(pool, 'exit')).toEqual({ kind: 'lost', reason: 'ended by process.exit(1)' })
    expect(await ask(pool, 'a')).toEqual({
      kind: 'lost',
      reason: expect.stringMatching(/^broken now \(inference\.mjs:2:\d+\)$/),
    })
    rmSync(broken)
    await expect.poll(() => ask(pool, 'a'), { timeout: 30_000 }).toMatchObject({ kind: 'answer' })
  })
})

test('a script that does not come to an end is given up', async () => {
  const pool = withPool(async () => undefined, { text: 'for (;;);', loadMillis: 300 })
  await expect(pool).rejects.toThrow('was not loaded within 0.3 s')
})
