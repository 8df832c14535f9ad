import type { HostPlan } from '@sagebrush/agent'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Compute, HostGroup, HostState } from './compute.ts'

/** What a host does: `run` until it is asked to stop (then exit code 143), `deaf` to that, the rest at once. */
export type Behaviour = 'run' | 'deaf' | 'succeed' | 'fail' | 'silent' | 'unborn' | 'family'

export interface ComputeBench extends AsyncDisposable {
  /** Has room for two groups that train. */
  readonly compute: Compute
  /** The compute that a server which starts anew would have, over the same hosts. */
  reopen(): Promise<Compute>
}

export function trainPlan(behaviour: Behaviour): HostPlan {
  return {
    kind: 'train',
    name: 'job',
    arn: 'arn:aws:sagemaker:us-west-2:123456789012:training-job/job',
    region: 'us-west-2',
    endpoint: 'http://127.0.0.1:1',
    image: 'image',
    instanceType: 'ml.m5.large',
    logStream: { group: '/aws/sagemaker/TrainingJobs', name: 'job/algo-1-1' },
    environment: { BEHAVIOUR: behaviour },
    cluster: { hosts: ['algo-1'], current: 'algo-1', networkInterface: 'lo' },
    hyperParameters: {},
    channels: [],
    outputUri: 's3://bucket/job/output',
    stopGraceSeconds: 1,
  }
}

function servePlan(behaviour: Behaviour): HostPlan {
  const { kind: _kind, ...plan } = trainPlan(behaviour)
  return { ...plan, kind: 'serve' }
}

export function group(id: string, hosts: readonly HostPlan[], seconds = 0): HostGroup {
  return { id, hosts, createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)) }
}

/** Waits until all hosts of a group are in `phase`, looking again only when the compute says that something changed. */
export async function untilAll(
  compute: Compute,
  id: string,
  phase: HostState['phase'],
): Promise<readonly HostState[]> {
  const limit = AbortSignal.timeout(30_000)
  const changes = compute.changes(limit)
  const reached = async () => {
    const states = await compute.inspect(id)
    return states?.every((state) => state.phase === phase) ? states : undefined
  }
  const already = await reached()
  if (already) return already
  for await (const changed of changes) {
    const states = changed === id && (await reached())
    if (states) return states
  }
  throw new Error(`${id} is not ${phase}: ${JSON.stringify(await compute.inspect(id))}`)
}

/** What every Compute promises. */
export function computeContract(title: string, open: () => Promise<ComputeBench>): void {
  describe(`${title} as a Compute`, () => {
    let bench: ComputeBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench[Symbol.asyncDispose]())

    test('knows nothing of a group that was never started', async () => {
      expect(await bench.compute.inspect('train-none-1')).toBeUndefined()
      await bench.compute.stop('train-none-1')
      await bench.compute.remove('train-none-1')
    })

    test('runs hosts and tells what they are at', async () => {
      const { compute } = bench
      expect(await compute.start(group('train-a-1', [trainPlan('run')]))).toBe('started')
      const [state] = await untilAll(compute, 'train-a-1', 'running')
      expect(state).toMatchObject({ activity: 'training', message: 'at work', address: '127.0.0.1:1' })
      expect(state).toHaveProperty('since', expect.any(Date))
    })

    test('tells exit code, reason and time, in plan order', async () => {
      const { compute } = bench
      const before = new Date()
      await compute.start(group('train-a-1', [trainPlan('succeed'), trainPlan('fail')]))
      const states = await untilAll(compute, 'train-a-1', 'exited')
      expect(states[0]).toMatchObject({ exitCode: 0 })
      expect(states[1]).toMatchObject({ exitCode: 7, reason: 'AlgorithmError: boom' })
      for (const state of states) expect(state.phase === 'exited' && state.at >= before).toBe(true)
    })

    test.each<[string, Behaviour]>([
      ['ended without a word', 'silent'],
      ['ended before it began: Cannot find the module', 'unborn'],
    ])('a host whose agent %s is lost', async (reason, behaviour) => {
      await bench.compute.start(group('train-a-1', [trainPlan(behaviour)]))
      const [state] = await untilAll(bench.compute, 'train-a-1', 'lost')
      expect(state).toMatchObject({ reason: expect.stringContaining(reason), at: expect.any(Date) })
    })

    test('starts a group once, however often it is asked to', async () => {
      const { compute } = bench
      const once = group('train-a-1', [trainPlan('fail')])
      expect(await Promise.all([compute.start(once), compute.start(once)])).toEqual(['started', 'started'])
      const states = await untilAll(compute, 'train-a-1', 'exited')
      expect(await compute.start(once)).toBe('started')
      expect(await compute.inspect('train-a-1')).toEqual(states)
    })

    test('asks hosts to stop, as often as it is told to', async () => {
      const { compute } = bench
      await compute.start(group('train-a-1', [trainPlan('run'), trainPlan('run')]))
      await untilAll(compute, 'train-a-1', 'running')
      await Promise.all([compute.stop('train-a-1'), compute.stop('train-a-1')])
      const states = await untilAll(compute, 'train-a-1', 'exited')
      expect(states).toMatchObject([{ exitCode: 143 }, { exitCode: 143 }])
      await compute.stop('train-a-1')
    })

    test('takes hosts away, which tell so', async () => {
      const { compute } = bench
      await compute.interrupt('train-none-1')
      await compute.start(group('train-a-1', [trainPlan('run')]))
      await untilAll(compute, 'train-a-1', 'running')
      await compute.interrupt('train-a-1')
      expect(await untilAll(compute, 'train-a-1', 'exited')).toMatchObject([{ interrupted: true }])
    })

    test('forgets a removed group, dead or alive', async () => {
      const { compute } = bench
      await compute.start(group('train-a-1', [trainPlan('deaf')]))
      await untilAll(compute, 'train-a-1', 'running')
      await compute.remove('train-a-1')
      expect(await compute.inspect('train-a-1')).toBeUndefined()
      await compute.remove('train-a-1')
    })

    test('removes a group once, also when it is told to twice at a time', async () => {
      const { compute } = bench
      await compute.start(group('train-a-1', [trainPlan('run')]))
      await Promise.all([compute.remove('train-a-1'), compute.remove('train-a-1')])
      expect(await compute.inspect('train-a-1')).toBeUndefined()
    })

    test('adopts what runs after a new start, and starts nothing twice', async () => {
      await bench.compute.start(group('train-a-1', [trainPlan('run')]))
      const before = await untilAll(bench.compute, 'train-a-1', 'running')
      const reopened = await bench.reopen()
      expect(await reopened.inspect('train-a-1')).toEqual(before)
      expect(await reopened.start(group('train-a-1', [trainPlan('run')]))).toBe('started')
      await reopened.stop('train-a-1')
      await untilAll(reopened, 'train-a-1', 'exited')
    })

    describe('with room for two groups that train', () => {
      beforeEach(async () => {
        for (const id of ['train-a-1', 'train-b-1']) {
          expect(await bench.compute.start(group(id, [trainPlan('run')]))).toBe('started')
        }
      })

      test('a third is not started, and a server is', async () => {
        const { compute } = bench
        expect(await compute.start(group('train-c-1', [trainPlan('run')]))).toBe('full')
        expect(await compute.inspect('train-c-1')).toBeUndefined()
        expect(await compute.start(group('serve-d-1', [servePlan('run')]))).toBe('started')
        expect(await compute.start(group('train-a-1', [trainPlan('run')]))).toBe('started')
      })

      test('the oldest of those that wait is told of a free place and gets it', async () => {
        const { compute } = bench
        expect(await compute.start(group('train-young-1', [trainPlan('run')], 30))).toBe('full')
        expect(await compute.start(group('train-old-1', [trainPlan('run')], 20))).toBe('full')
        const stop = new AbortController()
        const changes = compute.changes(stop.signal)
        await compute.remove('train-a-1')
        for await (const id of changes)
          if (id !== 'train-a-1' && id !== 'train-b-1') {
            expect(id).toBe('train-old-1')
            break
          }
        stop.abort()
        expect(await compute.start(group('train-young-1', [trainPlan('run')], 30))).toBe('full')
        expect(await compute.start(group('train-old-1', [trainPlan('run')], 20))).toBe('started')
      })

      test('a group that waited and was removed gives its turn to the next', async () => {
        const { compute } = bench
        await compute.start(group('train-old-1', [trainPlan('run')], 20))
        await compute.start(group('train-young-1', [trainPlan('run')], 30))
        await compute.remove('train-old-1')
        await compute.remove('train-a-1')
        expect(await compute.start(group('train-young-1', [trainPlan('run')], 30))).toBe('started')
      })

      test('a group whose hosts have ended leaves its place', async () => {
        const { compute } = bench
        await untilAll(compute, 'train-a-1', 'running')
        await compute.stop('train-a-1')
        await untilAll(compute, 'train-a-1', 'exited')
        expect(await compute.start(group('train-c-1', [trainPlan('run')]))).toBe('started')
      })
    })
  })
}
