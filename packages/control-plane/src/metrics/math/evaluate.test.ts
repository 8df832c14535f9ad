import { describe, expect, it } from 'vitest'
import { evaluate, type Names } from './evaluate.ts'
import { MathError, parseExpression } from './parse-expression.ts'
import { type Points, pointsOf, type Value } from './series.ts'

const metrics: Readonly<Record<string, Points>> = {
  a: pointsOf([
    [1, 4],
    [2, 9],
  ]),
  b: pointsOf([
    [2, 3],
    [3, -0.5],
  ]),
  none: pointsOf([]),
}
const names: Names = {
  valueOf: (id) => (metrics[id] ? { kind: 'series', points: metrics[id] } : undefined),
  metrics: (text) =>
    Object.entries(metrics).flatMap(([label, points]) => (label.includes(text) ? [{ label, points }] : [])),
}

/** `1:4 2:9`, and of several series each with its label. */
function told(value: Value): string {
  const list = (points: Points) => [...points].map(([time, each]) => `${time}:${each}`).join(' ')
  if (value.kind === 'scalar') return String(value.value)
  if (value.kind === 'series') return list(value.points)
  if (value.kind === 'text') return value.text
  return value.series.map(({ label, points }) => `${label}=${list(points)}`).join(', ')
}

const result = (text: string) => told(evaluate(parseExpression(text), names))

describe('evaluate', () => {
  it.each([
    ['1 + 2 * 3', '7'],
    ['2 ^ 3 ^ 2', '512'],
    ['-2 ^ 2', '-4'],
    ['a', '1:4 2:9'],
    ['-a', '1:-4 2:-9'],
    ['a + 1', '1:5 2:10'],
    ['10 - a', '1:6 2:1'],
    ['a / b', '2:3'],
    ['b - a', '2:-6'],
    ['a / 0', ''],
    ['a / (b - 3)', ''],
    ['SUM(a)', '13'],
    ['AVG(a)', '6.5'],
    ['MIN(a)', '4'],
    ['MAX(a)', '9'],
    ['STDDEV(a)', '2.5'],
    ['a / MAX(a)', `1:${4 / 9} 2:1`],
    ['a - SUM(none)', ''],
    ['SUM([a, b])', '1:4 2:12 3:-0.5'],
    ['AVG(METRICS())', '1:4 2:6 3:-0.5'],
    ['MAX(METRICS("b"))', '2:3 3:-0.5'],
    ['MIN(METRICS() * 2)', '1:8 2:6 3:-1'],
    ['METRICS("a") * 2', 'a=1:8 2:18'],
    ['a - METRICS("b")', 'b=2:6'],
    ['[a, b] ^ 2', 'a=1:16 2:81, b=2:9 3:0.25'],
    ['ABS(b)', '2:3 3:0.5'],
    ['FLOOR(b / 2)', '2:1 3:-1'],
    ['CEIL([b / 2])', '=2:2 3:0'],
    ['LOG10(a * 25)', '1:2 2:2.3521825181113627'],
    ['LOG(b)', `2:${Math.log(3)}`],
  ])('%s', (text, expected) => {
    expect(result(text)).toBe(expected)
  })

  it.each([
    ['c', "Unknown identifier 'c'"],
    ['RATE(a)', "Function 'RATE' not found"],
    ['constructor(a)', "Function 'constructor' not found"],
    ['sum(a)', "Function 'sum' not found"],
    ['SUM(a, b)', "Function 'SUM' takes 1 argument, 2 given"],
    ['SUM()', "Function 'SUM' takes 1 argument, 0 given"],
    ['SUM(1)', "Unsupported argument type for SUM: 'Scalar'"],
    ['ABS("a")', "Unsupported argument type for ABS: 'String'"],
    ['METRICS(a)', "Function 'METRICS' takes at most 1 argument, a String"],
    ['METRICS() / METRICS()', "Unsupported operand type(s) for /: '[Array[TimeSeries], Array[TimeSeries]]'"],
    ['a + "b"', "Unsupported operand type(s) for +: '[TimeSeries, String]'"],
    ['[1]', "Unsupported type in a list: 'Scalar'"],
  ])('refuses %s', (text, message) => {
    expect(() => result(text)).toThrow(new MathError(message))
  })
})
