import { callFunction } from './functions.ts'
import { type Expression, MathError, type Operator } from './parse-expression.ts'
import { eachSeries, type Points, pointsOf, type Series, typeNames, type Value } from './series.ts'

/** What a formula can speak of. */
export interface Names {
  /** The series of another query; undefined for an id that no query has. Throws MathError. */
  valueOf(id: string): Value | undefined
  /** `METRICS()`: the metrics of all queries, formulas aside, or of those with the text in their id. */
  metrics(text: string): readonly Series[]
}

/** Throws MathError. */
export function evaluate(expression: Expression, names: Names): Value {
  switch (expression.kind) {
    case 'number':
      return { kind: 'scalar', value: expression.value }
    case 'text':
      return { kind: 'text', text: expression.value }
    case 'reference':
      return names.valueOf(expression.id) ?? unknownName(expression.id)
    case 'list':
      return { kind: 'several', series: expression.items.flatMap((item) => seriesOf(item, names)) }
    case 'negation':
      return calculated('*', { kind: 'scalar', value: -1 }, evaluate(expression.of, names))
    case 'operation':
      return calculated(
        expression.operator,
        evaluate(expression.left, names),
        evaluate(expression.right, names),
      )
    case 'call':
      return called(expression, names)
  }
}

function called({ name, given: expressions }: Extract<Expression, { kind: 'call' }>, names: Names): Value {
  const given = expressions.map((expression) => evaluate(expression, names))
  if (name === 'METRICS') return { kind: 'several', series: names.metrics(textOf(given)) }
  return callFunction(name, given) ?? fail(`Function '${name}' not found`)
}

function textOf(given: readonly Value[]): string {
  const [first] = given
  if (first === undefined) return ''
  if (first.kind !== 'text' || given.length > 1) fail("Function 'METRICS' takes at most 1 argument, a String")
  return first.text
}

function seriesOf(item: Expression, names: Names): readonly Series[] {
  const value = evaluate(item, names)
  if (value.kind === 'several') return value.series
  if (value.kind !== 'series') fail(`Unsupported type in a list: '${typeNames[value.kind]}'`)
  return [{ label: item.kind === 'reference' ? item.id : '', points: value.points }]
}

const operators: Readonly<Record<Operator, Calculate>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
}

/** Several series take part one by one. */
function calculated(operator: Operator, left: Value, right: Value): Value {
  const apply = operators[operator]
  if (isSingle(left) && isSingle(right)) return combined(apply, left, right)
  if (left.kind === 'several' && isSingle(right))
    return eachSeries(left, (points) => pointwise(apply, { kind: 'series', points }, right))
  if (right.kind === 'several' && isSingle(left))
    return eachSeries(right, (points) => pointwise(apply, left, { kind: 'series', points }))
  return fail(
    `Unsupported operand type(s) for ${operator}: '[${typeNames[left.kind]}, ${typeNames[right.kind]}]'`,
  )
}

type Single = Extract<Value, { kind: 'scalar' | 'series' }>
type Calculate = (left: number, right: number) => number

const isSingle = (value: Value): value is Single => value.kind === 'scalar' || value.kind === 'series'

function combined(apply: Calculate, left: Single, right: Single): Value {
  return left.kind === 'scalar' && right.kind === 'scalar'
    ? { kind: 'scalar', value: apply(left.value, right.value) }
    : { kind: 'series', points: pointwise(apply, left, right) }
}

/** There is a value where each series has one. */
function pointwise(apply: Calculate, left: Single, right: Single): Points {
  const times = [left, right].flatMap((side) => (side.kind === 'series' ? [side.points.keys()] : []))
  return pointsOf(
    Array.from(times[0] ?? [], (time) => [time, apply(valueAt(left, time), valueAt(right, time))] as const),
  )
}

const valueAt = (single: Single, time: number): number =>
  single.kind === 'scalar' ? single.value : (single.points.get(time) ?? Number.NaN)

function unknownName(id: string): never {
  fail(`Unknown identifier '${id}'`)
}

function fail(message: string): never {
  throw new MathError(message)
}
