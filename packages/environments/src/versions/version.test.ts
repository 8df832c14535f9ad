import { expect, it } from 'vitest'
import { answers, compareVersions } from './version.ts'

it('orders versions by their numbers, candidates before releases', () => {
  const versions = ['2.12.0', '2.9.3', '2.12.0rc1', '2.9', '1.15.5', '2.12.1']
  expect(versions.sort(compareVersions)).toEqual(['1.15.5', '2.9', '2.9.3', '2.12.0rc1', '2.12.0', '2.12.1'])
})

it.each([
  ['2.13', '2.13.1', true],
  ['2.13.1', '2.13.1', true],
  ['2', '2.21.0', true],
  ['2.1', '2.13.1', false],
  ['2.13.0', '2.13.1', false],
])('%s is answered by %s: %s', (asked, version, expected) => {
  expect(answers(asked, version)).toBe(expected)
})
