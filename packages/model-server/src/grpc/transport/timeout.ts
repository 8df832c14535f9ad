const millisOf: Readonly<Record<string, number>> = {
  ...{ H: 3_600_000, M: 60_000, S: 1000 },
  ...{ m: 1, u: 1 / 1000, n: 1 / 1_000_000 },
}

/** `grpc-timeout`: a number of at most eight digits and a unit. Infinity for what is none. */
export function timeoutMillis(text: string): number {
  const [, count, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? []
  const millis = millisOf[unit]
  return count === undefined || millis === undefined ? Number.POSITIVE_INFINITY : Number(count) * millis
}
