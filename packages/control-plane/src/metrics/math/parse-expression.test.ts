import { describe, expect, it } from 'vitest'
import { type Expression, MathError, parseExpression } from './parse-expression.ts'

/** With every bracket that the rules of precedence spare. */
function written(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.value)
    case 'reference':
      return expression.id
    case 'text':
      return JSON.stringify(expression.value)
    case 'list':
      return `[${expression.items.map(written).join(' ')}]`
    case 'call':
      return `${expression.name}(${expression.given.map(written).join(' ')})`
    case 'negation':
      return `(-${written(expression.of)})`
    case 'operation':
      return `(${written(expression.left)} ${expression.operator} ${written(expression.right)})`
  }
}

describe('parseExpression', () => {
  it.each([
    ['m1', 'm1'],
    [' 1.5e-3 ', '0.0015'],
    ['.5', '0.5'],
    ['m1+m2', '(m1 + m2)'],
    ['a - b - c', '((a - b) - c)'],
    ['a + b * c / d', '(a + ((b * c) / d))'],
    ['(a + b) * c', '((a + b) * c)'],
    ['a ^ b ^ c', '(a ^ (b ^ c))'],
    ['-a ^ 2', '(-(a ^ 2))'],
    ['2 ^ -a', '(2 ^ (-a))'],
    ['a * -b', '(a * (-b))'],
    ['+a', 'a'],
    ['SUM(METRICS())', 'SUM(METRICS())'],
    ["METRICS('loss')", 'METRICS("loss")'],
    ['MAX([m1, m2*2])', 'MAX([m1 (m2 * 2)])'],
    ['FILL(m1,0)', 'FILL(m1 0)'],
    ['[]', '[]'],
  ])('reads %s', (text, expected) => {
    expect(written(parseExpression(text))).toBe(expected)
  })

  it.each([
    ['', 'Unexpected end at position 1'],
    ['m1 +', 'Unexpected end at position 5'],
    ['m1 m2', "Unexpected 'm2' at position 4"],
    ['(m1', 'Unexpected end at position 4'],
    ['m1)', "Unexpected ')' at position 3"],
    ['SUM(m1,)', "Unexpected ')' at position 8"],
    ['m1 > 2', "Unexpected '>' at position 4"],
    ['"loss', "Unexpected '\"' at position 1"],
    ['1 2', "Unexpected '2' at position 3"],
    ['-'.repeat(2000), 'the expression is nested too deeply'],
    ['('.repeat(2000), 'the expression is nested too deeply'],
    ['['.repeat(2000), 'the expression is nested too deeply'],
  ])('refuses %s', (text, message) => {
    expect(() => parseExpression(text)).toThrow(new MathError(message))
  })
})
