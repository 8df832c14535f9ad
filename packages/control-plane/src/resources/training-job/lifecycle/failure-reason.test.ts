import { expect, test } from 'vitest'
import { at } from '../testing/training-jobs.ts'
import { failureReason } from './failure-reason.ts'

const exited = (exitCode: number, reason?: string) =>
  failureReason({ phase: 'exited', exitCode, at: at(0), ...(reason === undefined ? {} : { reason }) })

test.each([
  ['AlgorithmError: boom, exit code: 1', 'AlgorithmError: boom, exit code: 1'],
  ['ClientError: no such image', 'ClientError: no such image'],
  ['boom', 'AlgorithmError: boom, exit code: 7'],
  [undefined, 'AlgorithmError: , exit code: 7'],
])('a host that ended with the reason %j', (reason, expected) => {
  expect(exited(7, reason)).toBe(expected)
})

test('a lost host is no fault of the algorithm', () => {
  const reason = failureReason({ phase: 'lost', at: at(0), reason: 'no word' })
  expect(reason).toBe('InternalServerError: the host was lost: no word')
})

test('a reason has at most 1,024 characters, keeps its exit code and is never cut within a character', () => {
  expect(exited(1, `ClientError: ${'x'.repeat(2000)}`)).toHaveLength(1024)
  const cut = exited(1, `${'\u{1f33f}'.repeat(1000)}`)
  expect(cut.length).toBeLessThanOrEqual(1024)
  expect(cut).toMatch(/\u{1f33f}, exit code: 1$/u)
})
