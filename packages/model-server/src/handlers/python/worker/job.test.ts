import { describe, expect, test } from 'vitest'
import { HangWatch } from './hang-watch.ts'
import { type Job, verdictOn } from './job.ts'

const job = (id: number, more: Partial<Job> = {}): Job => ({
  ...{ id, attempt: 1, unexplainedEnds: 0, isAtModel: false, isSuspect: false },
  ...{ isSettled: () => false, settle: () => undefined },
  call: {
    request: {
      method: 'POST',
      target: '/',
      header: () => undefined,
      body: Buffer.of(),
      isAbandoned: () => false,
    },
    context: {
      ...{ modelName: undefined, modelVersion: undefined, method: undefined, restUri: '', grpcPort: 0 },
      ...{ customAttributes: undefined, requestContentType: '', acceptHeader: '', contentLength: 0 },
    },
    callModel: () => Promise.reject(new Error('not asked')),
  },
  ...more,
})

describe('whose fault the end of a process was', () => {
  test.each<[string, number[], number[], number[], number[], number[]]>([
    ['one was handled', [1, 2, 3], [], [2], [2], []],
    ['two were handled: each is tried alone', [1, 2, 3], [], [2, 3], [], [2, 3]],
    ['one hung, and others were handled beside it', [1, 2, 3], [2], [2, 3], [2], []],
    ['nobody knows', [1, 2], [], [], [], []],
  ])('%s', (_situation, ids, hung, handled, guilty, suspects) => {
    const jobs = ids.map((id) => job(id))
    const verdict = verdictOn(jobs, { hung: new Set(hung), handled: new Set(handled) })
    expect(verdict.guilty.map(({ id }) => id)).toEqual(guilty)
    expect(verdict.again.map(({ id }) => id)).toEqual(ids.filter((id) => !guilty.includes(id)))
    expect(verdict.again.filter(({ isSuspect }) => isSuspect).map(({ id }) => id)).toEqual(suspects)
  })

  test('a request that was there at three ends without a reason', () => {
    const [one, other] = [job(1, { unexplainedEnds: 2 }), job(2)]
    const verdict = verdictOn([one, other], { hung: new Set(), handled: new Set() })
    expect(verdict).toEqual({ guilty: [one], again: [other] })
  })
})

describe('HangWatch', () => {
  const handling = (id: number, count: number, slot = 0) => ({ id, slot, count: BigInt(count) })

  test('tells what has been handled for longer than the limit', () => {
    const watch = new HangWatch(1000)
    expect(watch.overdue([handling(7, 1), handling(8, 1, 1)], 0)).toEqual([])
    expect(watch.overdue([handling(7, 1), handling(9, 2, 1)], 999)).toEqual([])
    expect(watch.overdue([handling(7, 1), handling(9, 2, 1)], 1000)).toEqual([7])
    expect(watch.overdue([handling(9, 2, 1)], 1999)).toEqual([9])
  })

  test('takes the two functions of one request for two', () => {
    const watch = new HangWatch(1000)
    expect(watch.overdue([handling(7, 1)], 0)).toEqual([])
    expect(watch.overdue([handling(7, 2)], 1500)).toEqual([])
  })
})
