import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type ModelConfig,
  modelServerConfig,
  modelServerConfigSchema,
  type WantedVersions,
} from '../configuration/model-server-config.ts'
import { parseTextProto } from '../configuration/text-proto.ts'
import type { Loader } from '../servable.ts'
import { StatusError } from '../status.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { createManager, type Manager, type ManagerOptions } from './manager.ts'
import { type ServedModels, serveModels } from './served-models.ts'

let root: string
let manager: Manager
let models: ServedModels
let lines: string[]
const broken = new Set<string>()

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'served-'))
  lines = []
  broken.clear()
  start()
})
afterEach(async () => {
  await models[Symbol.asyncDispose]()
  await manager[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})

function start(options: Partial<ManagerOptions> = {}, areLabelsFree = false): void {
  manager = createManager({ loadsAtOnce: 2, ...options })
  const log = (line: string): number => lines.push(line)
  models = serveModels({ manager, loader, pollSeconds: 0.01, areLabelsFree, log })
}

/** A version whose model and number are in `broken` cannot be loaded. */
function loader(id: Loader['id']): Loader {
  const plain = plainLoader(id.model, id.version)
  const load = async () => {
    if (broken.has(`${id.model}/${id.version}`)) throw new StatusError('NOT_FOUND', 'no such file')
    return plain.load()
  }
  return { id, load }
}

const versions = (model: string, ...names: string[]) =>
  Promise.all(names.map((name) => mkdir(join(root, model, name), { recursive: true })))
const config = (
  name: string,
  wanted: WantedVersions = { latest: 1 },
  labels: [string, number][] = [],
): ModelConfig => ({
  name,
  basePath: join(root, name),
  versions: wanted,
  labels: new Map(labels),
})
const states = (model: string) => manager.states(model).map(({ version, state }) => `${version} ${state}`)
const eventually = (model: string, expected: readonly string[]) =>
  vi.waitFor(() => expect(states(model)).toEqual(expected), { timeout: 30_000, interval: 5 })

describe('versions on disk', () => {
  test.each<[WantedVersions, string[]]>([
    [{ latest: 1 }, ['123 AVAILABLE']],
    [{ latest: 2 }, ['123 AVAILABLE', '5 AVAILABLE']],
    ['all', ['123 AVAILABLE', '5 AVAILABLE', '1 AVAILABLE']],
    [{ specific: [1, 5, 9] }, ['5 AVAILABLE', '1 AVAILABLE']],
  ])('are served by the policy %j', async (wanted, expected) => {
    await versions('m', '1', '5', '00000123', 'tmp', '-7', '1.5')
    await models.reload({ models: [config('m', wanted)] })
    expect(states('m')).toEqual(expected)
    const said = lines.filter((line) => line.includes('Version 9 of servable m'))
    expect(said).toHaveLength(typeof wanted === 'object' && 'specific' in wanted ? 1 : 0)
  })

  test('are passed over where their number is too large, and that is told', async () => {
    await versions('m', '3', '1700000000000000000')
    await models.reload({ models: [config('m')] })
    expect(states('m')).toEqual(['3 AVAILABLE'])
    expect(lines).toEqual([
      'Versions of servable m above 9007199254740991 are not served: 1700000000000000000',
    ])
  })

  test('come and go without one request failing', async () => {
    await versions('m', '1')
    await models.reload({ models: [config('m')] })
    let isOver = false
    let answers = 0
    const asking = (async () => {
      for (; !isOver; answers++) {
        using _lease = manager.acquire('m', 'latest')
        await new Promise(setImmediate)
      }
    })()
    for (let version = 2; version <= 10; version++) {
      await versions('m', String(version))
      await vi.waitFor(() => expect(states('m')[0]).toBe(`${version} AVAILABLE`), {
        timeout: 30_000,
        interval: 2,
      })
    }
    await rm(join(root, 'm', '10'), { recursive: true })
    await vi.waitFor(() => expect(states('m')[1]).toBe('9 AVAILABLE'), { timeout: 30_000, interval: 2 })
    isOver = true
    await asking
    expect(answers).toBeGreaterThan(10)
    await eventually('m', ['10 END', '9 AVAILABLE', ...[8, 7, 6, 5, 4, 3, 2, 1].map((one) => `${one} END`)])
  })

  test('of a model that is to have its requests recorded are served, and that they are not is told', async () => {
    await versions('m', '1')
    const text = `name: "m" base_path: "${join(root, 'm')}" model_platform: "tensorflow"`
    const logging = 'logging_config { sampling_config { sampling_rate: 0.5 } }'
    const list = `model_config_list { config { ${text} ${logging} } }`
    await models.reload(modelServerConfig(parseTextProto(modelServerConfigSchema, list)))
    expect(lines).toEqual(['logging_config of model m has no effect: requests are not recorded'])
    expect(states('m')).toEqual(['1 AVAILABLE'])
  })

  test('wait for a base path that is not there yet', async () => {
    const ready = models.reload({ models: [config('m')] })
    await vi.waitFor(
      () => expect(lines[0]).toContain(`Could not find base path ${join(root, 'm')} for servable m`),
      30_000,
    )
    await versions('later', '1')
    await rename(join(root, 'later'), join(root, 'm'))
    await ready
    expect(states('m')).toEqual(['1 AVAILABLE'])
    expect(lines).toHaveLength(1)
  })

  test('are kept when the base path vanishes, and unloaded when it is empty', async () => {
    await versions('m', '1')
    await models.reload({ models: [config('m')] })
    await rename(join(root, 'm'), join(root, 'away'))
    await vi.waitFor(() => expect(lines.join()).toContain('Could not find base path'), 30_000)
    expect(states('m')).toEqual(['1 AVAILABLE'])
    await mkdir(join(root, 'm'))
    await eventually('m', ['1 END'])
    await vi.waitFor(
      () => expect(lines.join()).toContain('No versions of servable m found under base path'),
      30_000,
    )
  })

  test('that fail end with their error, and the others go on', async () => {
    broken.add('m/2')
    await versions('m', '1', '2')
    await models.reload({ models: [config('m', 'all')] })
    expect(manager.states('m')).toMatchObject([
      { version: 2, state: 'END', error: { code: 'NOT_FOUND', message: 'no such file' } },
      { version: 1, state: 'AVAILABLE' },
    ])
  })

  test('that fail are tried again, until their folder vanishes', async () => {
    await models[Symbol.asyncDispose]()
    start({ maxLoadRetries: 1_000_000, retryMillis: 5 })
    broken.add('m/1')
    broken.add('m/2')
    await versions('m', '1', '2')
    const ready = models.reload({ models: [config('m', 'all')] })
    await vi.waitFor(() => expect(manager.states('m')).toMatchObject([{ error: {} }, { error: {} }]), 30_000)
    broken.delete('m/1')
    await rm(join(root, 'm', '2'), { recursive: true })
    await ready
    await eventually('m', ['2 END', '1 AVAILABLE'])
  })
})

describe('reload', () => {
  test('loads what is new, keeps what stays and unloads what is gone', async () => {
    await versions('a', '1')
    await versions('b', '1')
    await versions('c', '1')
    await models.reload({ models: [config('a'), config('b')] })
    await models.reload({ models: [config('b'), config('c')] })
    await eventually('a', ['1 END'])
    expect([manager.models(), states('b'), states('c')]).toEqual([
      ['b', 'c'],
      ['1 AVAILABLE'],
      ['1 AVAILABLE'],
    ])
    expect(() => manager.acquire('a', 'latest')).toThrow('Servable not found for request: Latest(a)')
  })

  test('says why a new model cannot be served', async () => {
    broken.add('m/1')
    await versions('m', '1')
    await expect(models.reload({ models: [config('m')] })).rejects.toThrow(
      '1 servable(s) did not become available: {{{name: m version: 1} due to error: NOT_FOUND: no such file}, }',
    )
  })

  test('moves labels only to what is available', async () => {
    await versions('m', '1', '2')
    await models.reload({ models: [config('m', 'all', [['stable', 1]])] })
    const label = (labels: [string, number][]) => models.reload({ models: [config('m', 'all', labels)] })
    const reached = (name: string) => {
      using lease = manager.acquire('m', { label: name })
      return lease.servable.id.version
    }
    expect(reached('stable')).toBe(1)
    await expect(label([['stable', 3]])).rejects.toThrow(
      'Request to assign label to version 3 of model m, which is not currently available for inference',
    )
    expect(reached('stable')).toBe(1)
    await label([
      ['stable', 2],
      ['old', 1],
    ])
    expect([reached('stable'), reached('old')]).toEqual([2, 1])
    await label([])
    expect(() => reached('stable')).toThrow('Unrecognized servable version label: stable')
  })

  test.each([
    ['new', [['canary', 9]], true],
    ['unchanged', [['stable', 8]], true],
    ['moved', [['stable', 9]], false],
  ] as const)(
    'takes a label of an absent version where that is free: %s',
    async (_situation, labels, isTaken) => {
      await models[Symbol.asyncDispose]()
      start({}, true)
      await versions('m', '1')
      await models.reload({ models: [config('m', 'all', [['stable', 8]])] })
      const moved = models.reload({
        models: [
          config(
            'm',
            'all',
            labels.map(([name, version]) => [name, version]),
          ),
        ],
      })
      if (isTaken) await moved
      else await expect(moved).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
    },
  )

  test('gives up waiting when told, and when the next one comes', async () => {
    const ending = new AbortController()
    const first = models.reload({ models: [config('none')] }, ending.signal)
    ending.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    const second = models.reload({ models: [config('nothing')] })
    await versions('m', '1')
    const third = models.reload({ models: [config('m')] })
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' })
    await third
  })
})
