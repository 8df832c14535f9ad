import { ApiError } from '@sagebrush/api'
import { describe, expect, it } from 'vitest'
import { algorithmError, clientError, HostFailure, reasonOf } from './failure-reason.ts'

describe('a reason', () => {
  it('ends with the exit code though the text is cut', () => {
    const reason = algorithmError('x'.repeat(3000))
    expect(reason).toHaveLength(1024)
    expect(reason.startsWith('AlgorithmError: xxx')).toBe(true)
    expect(reason.endsWith('x, exit code: 1')).toBe(true)
  })

  it('never ends within a character', () => {
    const reason = clientError('😀'.repeat(1000))
    expect(reason.length).toBeLessThanOrEqual(1024)
    expect(Buffer.from(reason).toString()).toBe(reason)
  })

  it.each([
    ['a failure of the host', new HostFailure('ClientError: no data'), 'ClientError: no data'],
    ['any error', new Error('disk full'), 'InternalServerError: disk full'],
    [
      "a service's error",
      new ApiError({ code: 'NoSuchKey', httpStatus: 404 }, 'The specified key does not exist.'),
      'InternalServerError: NoSuchKey (404): The specified key does not exist.',
    ],
    ['what is no error', 'odd', 'InternalServerError: odd'],
  ])('is made of %s', (_situation, error, reason) => {
    expect(reasonOf(error)).toBe(reason)
  })
})
