import type { ByteRange } from '../../store/object-store.ts'

export type RangeAsked = ByteRange | 'whole' | 'unsatisfiable'

/**
 * What a Range header asks of an object of this size. Several ranges, other units and what is malformed ask for the
 * whole. Source: RFC 9110, 14.2; Amazon S3 API Reference, GetObject.
 */
export function rangeAsked(header: string, sizeBytes: number): RangeAsked {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? '']
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes)
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes - 1 }
  }
  const [start, end] = [Number(first), last === '' ? Number.POSITIVE_INFINITY : Number(last)]
  if (end < start) return 'whole'
  return start >= sizeBytes ? 'unsatisfiable' : { start, end: Math.min(end, sizeBytes - 1) }
}

/** `bytes=0-9`, both ends stated and inside the object; undefined for anything else. */
export function exactRange(header: string, sizeBytes: number): ByteRange | 'malformed' | 'outside' {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header.trim())
  const range = { start: Number(match?.[1]), end: Number(match?.[2]) }
  if (match === null || range.end < range.start) return 'malformed'
  return range.end < sizeBytes ? range : 'outside'
}

/** Of part `number` of an object put together from parts of these sizes; undefined when there is none such. */
export function rangeOfPart(sizesBytes: readonly number[], number: number): ByteRange | undefined {
  const size = sizesBytes[number - 1]
  if (size === undefined) return undefined
  const start = sizesBytes.slice(0, number - 1).reduce((sum, before) => sum + before, 0)
  return { start, end: start + size - 1 }
}
