import { MathError } from './parse-expression.ts'
import { eachSeries, mapPoints, pointsOf, type Series, typeNames, type Value } from './series.ts'

type Reduce = (values: readonly number[]) => number

const sum: Reduce = (values) => values.reduce((total, value) => total + value, 0)
const average: Reduce = (values) => sum(values) / values.length
const reducers: Readonly<Record<string, Reduce>> = {
  AVG: average,
  MAX: (values) => values.reduce((most, value) => Math.max(most, value)),
  MIN: (values) => values.reduce((least, value) => Math.min(least, value)),
  STDDEV: (values) => {
    const mean = average(values)
    return Math.sqrt(average(values.map((value) => (value - mean) ** 2)))
  },
  SUM: sum,
}

const changes: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
}

/**
 * What `name(given)` comes to; undefined for a function that is not known. Throws MathError.
 * Source: CloudWatch User Guide, "Metric math syntax and functions".
 */
export function callFunction(name: string, given: readonly Value[]): Value | undefined {
  if (Object.hasOwn(reducers, name)) return reduced(name, reducers[name] ?? sum, onlyOne(name, given))
  if (Object.hasOwn(changes, name)) return changed(name, changes[name] ?? Math.abs, onlyOne(name, given))
  return undefined
}

function onlyOne(name: string, given: readonly Value[]): Value {
  const [first] = given
  if (first === undefined || given.length > 1)
    throw new MathError(`Function '${name}' takes 1 argument, ${given.length} given`)
  return first
}

/** One series becomes a number; several become one, which has a value wherever any of them has. */
function reduced(name: string, reduce: Reduce, of: Value): Value {
  if (of.kind === 'series') {
    if (of.points.size === 0) return { kind: 'series', points: of.points }
    return { kind: 'scalar', value: reduce([...of.points.values()]) }
  }
  if (of.kind !== 'several') throw unsupported(name, of)
  const entries = [...valuesByTime(of.series)].map(([time, values]) => [time, reduce(values)] as const)
  return { kind: 'series', points: pointsOf(entries) }
}

function valuesByTime(several: readonly Series[]): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>()
  for (const { points } of several) {
    for (const [time, value] of points) {
      const values = found.get(time) ?? []
      found.set(time, values)
      values.push(value)
    }
  }
  return found
}

function changed(name: string, change: (value: number) => number, of: Value): Value {
  if (of.kind === 'scalar') return { kind: 'scalar', value: change(of.value) }
  if (of.kind === 'series') return { kind: 'series', points: mapPoints(of.points, change) }
  if (of.kind === 'several') return eachSeries(of, (points) => mapPoints(points, change))
  throw unsupported(name, of)
}

const unsupported = (name: string, { kind }: Value) =>
  new MathError(`Unsupported argument type for ${name}: '${typeNames[kind]}'`)
