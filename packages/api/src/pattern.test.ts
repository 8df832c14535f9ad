import { describe, expect, it } from 'vitest'
import * as api from './index.ts'
import { matchesPattern } from './pattern.ts'
import type { Service } from './service.ts'
import { type AnyShape, nodeOf, type StringShape } from './shape.ts'

describe('matchesPattern', () => {
  it.each([
    ['the whole value', 'a|b', 'ab', false],
    ['anchors that are there already', '^[a-z]+$', 'abc', true],
    ['anchors of an alternative', '^(NEW)$|^[a-z]+$', 'abc', true],
    ['Unicode categories', '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)', 'Größe 1', true],
    ['Java anchors', '\\A\\S[\\p{Print}]*\\z', 'abc def', true],
    ['Java anchors and what they exclude', '\\A\\S[\\p{Print}]*\\z', ' abc', false],
    ['printable characters only', '\\p{Print}+', 'a\nb', false],
    ['ASCII', '\\p{ASCII}*', 'aé', false],
    ['escapes without need', '[\\w\\-]+\\@\\-x', 'a-b@-x', true],
    ['a class that only plain mode takes', '[\\w-.]+', 'a-.b', true],
    ['no line breaks for a dot', '.*', 'a\nb', false],
    ['line breaks where asked for', '[\\S\\s]*', 'a\nb', true],
  ])('reads %s', (_, pattern, value, fits) => {
    expect(matchesPattern(pattern, value)).toBe(fits)
  })
})

describe('every declared pattern', () => {
  const exported: readonly unknown[] = Object.values(api)
  const services = exported.filter(
    (entry): entry is Service => typeof entry === 'object' && entry !== null && 'operations' in entry,
  )
  const shapes = services.flatMap(({ operations }) => operations.flatMap(({ input }) => stringsOf(input)))
  const patterns = new Map(
    shapes.flatMap(({ pattern, max = 8192 }) => (pattern === undefined ? [] : [[pattern, max] as const])),
  )

  it('is met here', () => {
    expect(patterns.size).toBeGreaterThan(20)
  })

  it.each([...patterns])('judges hostile values of %s quickly (at most %i characters)', (pattern, max) => {
    const runs = ['a', '1', '-', '.', '/', 'a-', 'a.', 'a/', ' ', 'arn:aws:a', 's3://a', ':']
    const starts = ['', 'arn:aws:sagemaker:a:123456789012:', 'arn:aws:iam::123456789012:role/', 's3://', '/']
    for (const start of starts) {
      // An exponential or cubic pattern takes minutes on such values, longer than a test may.
      for (const run of runs) {
        const hostile = `${start}${run.repeat(max)}`.slice(0, max - 1).concat('\n')
        expect(typeof matchesPattern(pattern, hostile)).toBe('boolean')
      }
    }
  })
})

function stringsOf(shape: AnyShape): StringShape[] {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'string':
      return [node]
    case 'list':
      return stringsOf(node.item)
    case 'map':
      return [node.key, ...stringsOf(node.value)]
    case 'structure':
      return Object.values(node.members).flatMap((member) => stringsOf(member.shape))
    default:
      return []
  }
}
