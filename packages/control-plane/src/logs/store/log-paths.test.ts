import { expect, test } from 'vitest'
import { escapeName, unescapeName } from './log-paths.ts'

const names = [
  '/aws/sagemaker/TrainingJobs',
  'AllTraffic/i-0123',
  '..',
  '.hidden',
  'a b%2Fc',
  "it's (odd)!~",
  'données/日本 🚀',
  'nul\u0000 and \n newline',
  'x'.repeat(200),
]

test.each(names)('the name %j is one safe file name, and comes back from it', (name) => {
  const escaped = escapeName(name)
  expect(escaped).toMatch(/^[\w%-][\w.%-]*$/)
  expect(unescapeName(escaped)).toBe(name)
})

test.each(['é'.repeat(512), `${'x'.repeat(511)}a`, `${'x'.repeat(511)}b`])(
  'a name too long for a file system is cut and told apart by a hash',
  (name) => {
    const escaped = escapeName(name)
    expect(escaped).toMatch(/^[\w.%-]{150}~[0-9a-f]{32}$/)
    expect(unescapeName(escaped)).toBeUndefined()
  },
)

test('different long names with the same beginning have different files', () => {
  expect(escapeName(`${'x'.repeat(511)}a`)).not.toBe(escapeName(`${'x'.repeat(511)}b`))
})
