import type { TimestampShape } from '../../shape.ts'

export type TimestampFormat = NonNullable<TimestampShape['format']>

/** `1700000000.25` | `2023-11-14T22:13:20.250Z` | `Tue, 14 Nov 2023 22:13:20 GMT` (whole seconds only) */
export function writeTimestamp(date: Date, format: TimestampFormat): string {
  if (format === 'epoch-seconds') return String(epochSeconds(date))
  return format === 'iso8601' ? date.toISOString() : date.toUTCString()
}

export const epochSeconds = (date: Date): number => date.getTime() / 1000

/** Undefined for text in none of the three forms; which one it is shows by itself. */
export function parseTimestamp(text: string): Date | undefined {
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return dateAt(Number(text) * 1000)
  const isKnown = isoForm.test(text) || httpForms.some((form) => form.test(text))
  return isKnown
    ? dateAt(Date.parse(isoForm.test(text) && !hasZone.test(text) ? `${text}Z` : text))
    : undefined
}

/** Undefined past the years that a Date can hold. */
export function dateAt(millis: number): Date | undefined {
  const date = new Date(Math.round(millis))
  return Number.isNaN(date.getTime()) ? undefined : date
}

const isoForm = /^[+-]?\d{4,6}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/
const hasZone = /^[^T]*$|(Z|[+-]\d\d:?\d\d)$/
const httpForms = [
  /^\w{3}, \d\d? \w{3} \d{4} \d\d:\d\d:\d\d (GMT|UTC)$/,
  /^\w+, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
]
