import { expect, it } from 'vitest'
import { failureLines } from './failure-lines.ts'

it.each([
  [
    "uv's explanation without its boxes",
    [
      'Using Python 3.11.7',
      '  × No solution found when resolving dependencies:',
      '  ╰─▶ Because nosuch was not found,',
      '      you lose.',
    ],
    'No solution found when resolving dependencies: Because nosuch was not found, you lose.',
  ],
  [
    "pip's errors",
    [
      'Collecting nosuch',
      'ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)',
      'ERROR: No matching distribution found for nosuch',
    ],
    'ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none) ERROR: No matching distribution found for nosuch',
  ],
  [
    'not what pip has passed over',
    [
      'ERROR: Ignored the following yanked versions: 2.4.0',
      'ERROR: No matching distribution found for nosuch',
    ],
    'ERROR: No matching distribution found for nosuch',
  ],
  ['the last lines where nothing is called an error', ['a', 'b', '', 'c', 'd'], 'b c d'],
  ['a word where there are none', [], 'it said nothing'],
])('gives %s', (_, lines, text) => {
  expect(failureLines(lines)).toBe(text)
})

it('ends in time', () => {
  expect(failureLines([`error: ${'x'.repeat(2000)}`], 100)).toHaveLength(100)
})
