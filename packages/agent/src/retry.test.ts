import { ApiError, ConnectionError } from '@sagebrush/api'
import { describe, expect, it } from 'vitest'
import { isPassing, retrying } from './retry.ts'

const answer = (httpStatus: number, code = 'Any') => new ApiError({ code, httpStatus }, 'text')

describe('isPassing', () => {
  it.each([
    ['no connection', new ConnectionError('refused'), true],
    ['500', answer(500), true],
    ['503', answer(503), true],
    ['too many calls', answer(429), true],
    ['throttling', answer(400, 'ThrottlingException'), true],
    ['a full disk', answer(507), false],
    ['a missing key', answer(404, 'NoSuchKey'), false],
    ['no permission', answer(403), false],
    ['an error of ours', new TypeError('x'), false],
  ])('%s: %s', (_situation, error, expected) => {
    expect(isPassing(error)).toBe(expected)
  })
})

describe('retrying', () => {
  it('waits for a server that is away', async () => {
    let calls = 0
    const result = await retrying(async () => {
      calls += 1
      if (calls < 3) throw new ConnectionError('refused')
      return 'there'
    })
    expect([result, calls]).toEqual(['there', 3])
  })

  it('gives up when patience ends, with the last error', async () => {
    const error = new ConnectionError('refused')
    await expect(retrying(() => Promise.reject(error), { patienceSeconds: 0.2 })).rejects.toBe(error)
  })

  it('does not repeat what would fail again', async () => {
    let calls = 0
    const attempt = () => {
      calls += 1
      return Promise.reject(answer(404))
    }
    await expect(retrying(attempt)).rejects.toThrow(ApiError)
    expect(calls).toBe(1)
  })

  it('ends with its signal, also while it waits', async () => {
    const stop = new AbortController()
    const waiting = retrying(() => Promise.reject(new ConnectionError('refused')), { signal: stop.signal })
    setImmediate(() => stop.abort())
    await expect(waiting).rejects.toThrow('aborted')
  })
})
