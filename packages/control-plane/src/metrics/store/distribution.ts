/** How often each value was met, the least first. */
export type Distribution = readonly (readonly [value: number, count: number])[]

/** So many values are told apart in a minute; of more, the last digits go, as many as must. */
const limitValues = 500

/** Pure. Both together; exact up to a limit, and always of the same count. */
export function joined(one: Distribution, other: Distribution): Distribution {
  const exact = counted([...one, ...other])
  for (let digits = 4, rounded = exact; ; digits--) {
    if (rounded.length <= limitValues || digits === 0) return rounded
    rounded = counted(exact.map(([value, count]) => [Number(value.toPrecision(digits)), count]))
  }
}

/** Of pairs in any order, in which a value may come again. */
export function counted(pairs: Distribution): Distribution {
  const counts = new Map<number, number>()
  for (const [value, count] of pairs) counts.set(value, (counts.get(value) ?? 0) + count)
  return [...counts].sort(([a], [b]) => a - b)
}

export const countOf = (values: Distribution): number => values.reduce((sum, [, count]) => sum + count, 0)
