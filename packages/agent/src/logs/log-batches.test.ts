import { describe, expect, it } from 'vitest'
import { batchLines, logLimits, messageBytes } from './log-batches.ts'

const sizes = (lines: readonly string[]) => batchLines(lines).map((batch) => batch.length)

describe('batchLines', () => {
  it.each<[string, string[], number[]]>([
    ['nothing', [], []],
    ['a few lines', ['a', 'b'], [2]],
    ['as many as one call takes', Array(10_000).fill('x'), [10_000]],
    ['one more', Array(10_001).fill('x'), [10_000, 1]],
    ['as many bytes as one call takes', Array(4).fill('x'.repeat(messageBytes)), [4]],
    ['a byte more', [...Array(4).fill('x'.repeat(messageBytes)), 'y'], [4, 1]],
    [
      'bytes, not characters',
      Array(4)
        .fill('é'.repeat(messageBytes / 2))
        .concat('y'),
      [4, 1],
    ],
  ])('%s', (_situation, lines, expected) => {
    expect(sizes(lines)).toEqual(expected)
  })

  it('keeps the order, and an empty line visible', () => {
    expect(batchLines(['b', '', 'a'])).toEqual([['b', ' ', 'a']])
  })

  it('counts 26 bytes for each event', () => {
    const line = 'x'.repeat(1024 - logLimits.overheadBytes)
    expect(sizes(Array(1025).fill(line))).toEqual([1024, 1])
  })
})
