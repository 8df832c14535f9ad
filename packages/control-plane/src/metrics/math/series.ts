/** Values by time, in milliseconds since 1970; where a series has no value, it has no entry. */
export type Points = ReadonlyMap<number, number>

export interface Series {
  readonly label: string
  readonly points: Points
}

/** What a formula, or a part of it, comes to: a number, one series or several. */
export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'series'; readonly points: Points }
  | { readonly kind: 'several'; readonly series: readonly Series[] }
  | { readonly kind: 'text'; readonly text: string }

/** As AWS's errors call them. */
export const typeNames: Readonly<Record<Value['kind'], string>> = {
  scalar: 'Scalar',
  series: 'TimeSeries',
  several: 'Array[TimeSeries]',
  text: 'String',
}

/** Values that are no numbers, such as those of a division by zero, are left out. */
export function pointsOf(entries: Iterable<readonly [time: number, value: number]>): Points {
  const points = new Map<number, number>()
  for (const [time, value] of entries) if (Number.isFinite(value)) points.set(time, value)
  return points
}

export const mapPoints = (points: Points, change: (value: number) => number): Points =>
  pointsOf(Array.from(points, ([time, value]) => [time, change(value)] as const))

/** The same done to each of several, which keep their names. */
export function eachSeries(
  { series }: Extract<Value, { kind: 'several' }>,
  change: (points: Points) => Points,
): Value {
  return { kind: 'several', series: series.map(({ label, points }) => ({ label, points: change(points) })) }
}
