import {
  type cloudWatch,
  type InputOf,
  InvalidParameterCombination,
  InvalidParameterValue,
  MissingParameter,
} from '@sagebrush/api'
import { keyOf } from './metric-key.ts'
import { counted } from './store/distribution.ts'
import type { NewSample } from './store/metric-store.ts'

type PutMetricDataInput = InputOf<typeof cloudWatch, 'PutMetricData'>
type Datum = NonNullable<PutMetricDataInput['MetricData']>[number]

const minuteMillis = 60_000
const hourMillis = 60 * minuteMillis
const dayMillis = 24 * hourMillis
const limitData = 1000
const limitValues = 150
/** Source: CloudWatch API reference, MetricDatum: values lie between -2^360 and 2^360. */
const limitMagnitude = 2 ** 360

/**
 * Pure. What is to be stored of a call. Throws InvalidParameterValue, InvalidParameterCombination, MissingParameter.
 * Source: CloudWatch API reference, PutMetricData.
 */
export function admitData(input: PutMetricDataInput, now: Date): readonly NewSample[] {
  // Source: namespaces that begin so are AWS's own.
  if (input.Namespace.startsWith('AWS/'))
    throw InvalidParameterValue(`The value ${input.Namespace} for parameter Namespace is invalid.`)
  const entities = input.EntityMetricData ?? []
  const data = [...(input.MetricData ?? []), ...entities.flatMap(({ MetricData = [] }) => MetricData)]
  if (data.length === 0) throw MissingParameter('The parameter MetricData is required.')
  if (data.length > limitData)
    throw InvalidParameterValue(`The collection MetricData must not have a size greater than ${limitData}.`)
  return data.flatMap((datum, index) => {
    const place = `MetricData.member.${index + 1}`
    const { MetricName, Dimensions, Unit = 'None' } = datum
    const metric = keyOf({ Namespace: input.Namespace, MetricName, Dimensions }, `${place}.Dimensions`)
    const minute = minuteOf(datum.Timestamp ?? now, now, place)
    const values = statisticsOf(datum, place)
    return values.count > 0 ? [{ metric, minute, unit: Unit, ...values }] : []
  })
}

function minuteOf(at: Date, now: Date, place: string): number {
  const age = now.getTime() - at.getTime()
  const rule =
    age > 14 * dayMillis
      ? 'within the past two weeks'
      : age < -2 * hourMillis
        ? 'no more than two hours in the future'
        : undefined
  if (rule) throw InvalidParameterValue(`The parameter ${place}.Timestamp must specify a time ${rule}.`)
  return Math.floor(at.getTime() / minuteMillis)
}

type Statistics = Pick<NewSample, 'count' | 'sum' | 'minimum' | 'maximum' | 'values'>

function statisticsOf(datum: Datum, place: string): Statistics {
  const { Value, StatisticValues, Values } = datum
  const given = Object.entries({ Value, StatisticValues, Values }).filter(([, value]) => value !== undefined)
  const [first, second] = given.map(([name]) => `${place}.${name}`)
  if (first === undefined) {
    const names = ['Value', 'StatisticValues', 'Values'].map((name) => `${place}.${name}`)
    throw MissingParameter(`At least one of the parameters ${names.join(', ')} must be specified.`)
  }
  if (second !== undefined) {
    throw InvalidParameterCombination(
      `The parameters ${first} and ${second} are mutually exclusive and you have specified both.`,
    )
  }
  if (StatisticValues) return ofSet(StatisticValues, `${place}.StatisticValues`)
  return ofValues(
    Values ?? [Value ?? 0],
    datum.Counts,
    Value === undefined ? `${place}.Values` : `${place}.Value`,
  )
}

function ofSet(set: NonNullable<Datum['StatisticValues']>, place: string): Statistics {
  for (const [name, value] of Object.entries(set)) requireNumber(Number(value), `${place}.${name}`)
  const { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum } = set
  if (count < 0 || minimum > maximum) throw InvalidParameterValue(`The parameter ${place} is invalid.`)
  // Source: GetMetricStatistics, on percentiles: the values of such a set are known.
  const isOneValue = count === 1 || minimum === maximum
  return { count, sum, minimum, maximum, ...(isOneValue ? { values: [[minimum, count]] } : {}) }
}

function ofValues(
  values: readonly number[],
  counts: readonly number[] | undefined,
  place: string,
): Statistics {
  if (values.length > limitValues)
    throw InvalidParameterValue(`The collection ${place} must not have a size greater than ${limitValues}.`)
  if (counts && counts.length !== values.length) {
    throw InvalidParameterValue(
      `The parameters ${place} and ${place.replace(/Values?$/, 'Counts')} must be of the same size.`,
    )
  }
  let [count, sum, minimum, maximum] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const pairs: [number, number][] = []
  for (const [index, value] of values.entries()) {
    requireNumber(value, place)
    const times = counts?.[index] ?? 1
    if (!(times >= 0)) throw InvalidParameterValue(`The value ${times} for parameter ${place} is invalid.`)
    if (times === 0) continue
    pairs.push([value, times])
    count += times
    sum += value * times
    minimum = Math.min(minimum, value)
    maximum = Math.max(maximum, value)
  }
  return { count, sum, minimum, maximum, values: counted(pairs) }
}

function requireNumber(value: number, place: string): void {
  if (Math.abs(value) <= limitMagnitude) return
  throw InvalidParameterValue(`The value ${value} for parameter ${place} is invalid.`)
}
