import { EventEmitter, once } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrontRefusal, LoadFailure } from './front-refusal.ts'
import { ResidentModels, type ResidentModelsOptions } from './resident-models.ts'

/** A container with room for some models, which tells what happens to it. */
class Container {
  readonly events: string[] = []
  readonly held = new Set<string>()
  readonly #room: number
  constructor(room = Number.POSITIVE_INFINITY) {
    this.#room = room
  }

  models(more: Partial<ResidentModelsOptions> = {}): ResidentModels {
    return new ResidentModels({
      bring: async (target) => {
        this.events.push(`bring ${target}`)
        return `/opt/ml/models/${target}/model`
      },
      load: async (target) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (this.held.size >= this.#room) return { status: 507, body: 'full' }
        this.held.add(target)
        this.events.push(`load ${target}`)
        return { status: 200, body: '' }
      },
      unload: async (target) => {
        await new Promise((resolve) => setImmediate(resolve))
        this.held.delete(target)
        this.events.push(`unload ${target}`)
      },
      discard: async (target) => {
        this.events.push(`discard ${target}`)
      },
      isCaching: true,
      waitSeconds: 20,
      loadSeconds: 20,
      ...more,
    })
  }
}

async function use(models: ResidentModels, ...targets: string[]): Promise<void> {
  for (const target of targets) {
    using _lease = await models.lease(target)
  }
}

describe('ResidentModels', () => {
  it('loads a model once for all who ask for it at once', async () => {
    const container = new Container()
    const models = container.models()
    await Promise.all(Array.from({ length: 50 }, () => use(models, 'a')))
    await use(models, 'a')
    expect(container.events).toEqual(['bring a', 'load a'])
  })

  it('lets the least recently used model go where there is no room', async () => {
    const container = new Container(2)
    const models = container.models()
    await use(models, 'a', 'b', 'a', 'c')
    expect(container.events.slice(-2)).toEqual(['unload b', 'load c'])
    await use(models, 'b')
    expect(container.events.slice(-3)).toEqual(['bring b', 'unload a', 'load b'])
  })

  it('waits for a model to be given back where all are in use', async () => {
    const container = new Container(1)
    const models = container.models()
    const lease = await models.lease('a')
    const other = use(models, 'b')
    await new Promise((resolve) => setImmediate(resolve))
    expect(container.held).toEqual(new Set(['a']))
    lease[Symbol.dispose]()
    await other
    expect(container.held).toEqual(new Set(['b']))
  })

  it('says in the words of the container that a model does not fit at all', async () => {
    const models = new Container(0).models()
    const failures = await Promise.allSettled([use(models, 'a'), use(models, 'b')])
    for (const failure of failures) {
      expect(failure).toMatchObject({ status: 'rejected', reason: { status: 507, body: 'full' } })
    }
  })

  it('tells everybody why a model cannot be had, and tries again for the next', async () => {
    const container = new Container()
    let attempts = 0
    const missing = new FrontRefusal('ValidationError', 'no such object')
    const models = container.models({
      bring: async () => {
        attempts += 1
        if (attempts === 1) throw missing
        return '/opt/ml/models/a/model'
      },
    })
    const failures = await Promise.allSettled([use(models, 'a'), use(models, 'a')])
    expect(failures.map((one) => one.status === 'rejected' && one.reason)).toEqual([missing, missing])
    await use(models, 'a')
    expect(container.held).toEqual(new Set(['a']))
  })

  it('hands on what the container says of a broken model', async () => {
    const models = new Container().models({ load: async () => ({ status: 500, body: 'broken' }) })
    await expect(use(models, 'a')).rejects.toThrow(LoadFailure)
  })

  it('asks to come again where a load takes long, and goes on with it', async () => {
    const gate = new EventEmitter()
    const opened = once(gate, 'open')
    const container = new Container()
    let brings = 0
    const models = container.models({
      waitSeconds: 0.01,
      bring: async () => {
        brings += 1
        await opened
        return '/opt/ml/models/a/model'
      },
    })
    await expect(use(models, 'a')).rejects.toMatchObject({ code: 'ModelNotReadyException' })
    gate.emit('open')
    await expect.poll(() => use(models, 'a').then(() => true)).toBe(true)
    expect(brings).toBe(1)
  })

  it('loads anew what a new container does not hold', async () => {
    const container = new Container()
    const models = container.models()
    await use(models, 'a')
    container.held.clear()
    models.forgetAll()
    await use(models, 'a')
    expect(container.events).toEqual(['bring a', 'load a', 'bring a', 'load a'])
  })

  it('takes a model that the container holds already for loaded', async () => {
    const models = new Container().models({ load: async () => ({ status: 409, body: 'already loaded' }) })
    await use(models, 'a')
  })

  it('keeps nothing without caching, but while it is used', async () => {
    const container = new Container()
    const models = container.models({ isCaching: false })
    const [one, other] = await Promise.all([models.lease('a'), models.lease('a')])
    one[Symbol.dispose]()
    expect(container.events).toEqual(['bring a', 'load a'])
    other[Symbol.dispose]()
    await use(models, 'a')
    await expect.poll(() => container.events.length).toBe(8)
    const round = ['bring a', 'load a', 'unload a', 'discard a']
    expect(container.events).toEqual([...round, ...round])
  })

  it('never takes a model away from who uses it, whatever comes together', async () => {
    const target = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    await fc.assert(
      fc.asyncProperty(fc.array(target, { maxLength: 40 }), fc.boolean(), async (targets, isCaching) => {
        const container = new Container(2)
        const models = container.models({ isCaching })
        await Promise.all(
          targets.map(async (wanted) => {
            using _lease = await models.lease(wanted)
            expect(container.held.has(wanted)).toBe(true)
            await new Promise((resolve) => setImmediate(resolve))
            expect(container.held.has(wanted)).toBe(true)
          }),
        )
      }),
      { numRuns: 100 },
    )
  })
})
