import { ValidationException } from '../../errors.ts'
import { splitTarget } from '../../http.ts'
import type { Operation } from '../../service.ts'
import { nodeOf, type StructureShape } from '../../shape.ts'
import { formDecode, parseQuery, percentDecode, percentEncode, writeQuery } from '../text/percent.ts'
import { fromText, toText } from '../text/scalar.ts'
import { rawLabels, routeOf, type Segment } from './route.ts'

/** The members that travel in path and query. Throws SerializationException, MalformedPercent. */
export function readTarget(
  operation: Operation,
  { members }: StructureShape,
  target: string,
): Record<string, unknown> {
  const { path, query } = splitTarget(target)
  const labels = rawLabels(routeOf(operation), path)
  const asked = parseQuery(query)
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, { shape, at }]) => {
      if (at && 'query' in at) return readQuery(name, shape, valuesOf(asked, at.query))
      const raw = at && 'path' in at ? labels?.get(at.path) : undefined
      return raw === undefined ? [] : [[name, fromText(shape, percentDecode(raw))]]
    }),
  )
}

/** Throws ValidationException for a label without a value. */
export function writeTarget(
  operation: Operation,
  structure: StructureShape,
  value: Readonly<Record<string, unknown>>,
): string {
  const { segments, fixed } = routeOf(operation)
  const path = segments.map((segment) => `/${writeSegment(segment, structure, value)}`).join('')
  const bound = boundQuery(structure, value)
  const isBound = (name: string) => bound.some(([other]) => other === name)
  const literal = fixed
    .filter(([name]) => !isBound(name))
    .map(([name, text]) => (text === undefined ? name : `${name}=${text}`))
  const query = [...literal, ...(bound.length > 0 ? [writeQuery(bound)] : [])].join('&')
  return `${path || '/'}${query ? `?${query}` : ''}`
}

function readQuery(
  name: string,
  shape: StructureShape['members'][string]['shape'],
  rawValues: readonly string[],
) {
  const node = nodeOf(shape)
  const [first] = rawValues
  if (first === undefined) return []
  if (node.type !== 'list') return [[name, fromText(shape, formDecode(first))] as const]
  return [[name, rawValues.map((raw) => fromText(node.item, formDecode(raw)))] as const]
}

const valuesOf = (asked: readonly (readonly [string, string])[], wanted: string) =>
  asked.filter(([name]) => name === wanted).map(([, raw]) => raw)

function writeSegment(
  segment: Segment,
  { members }: StructureShape,
  value: Readonly<Record<string, unknown>>,
): string {
  if ('literal' in segment) return segment.literal
  const bound = Object.entries(members).find(([, { at }]) => at && 'path' in at && at.path === segment.label)
  const given = bound ? value[bound[0]] : undefined
  if (!bound || given === undefined || given === null || given === '') {
    throw ValidationException(`${bound?.[0] ?? segment.label} must not be empty`)
  }
  const text = toText(bound[1].shape, given, 'iso8601')
  return segment.isGreedy ? text.split('/').map(percentEncode).join('/') : percentEncode(text)
}

function boundQuery({ members }: StructureShape, value: Readonly<Record<string, unknown>>) {
  return Object.entries(members).flatMap(([name, { shape, at }]) => {
    const given = value[name]
    if (!at || !('query' in at) || given === undefined || given === null) return []
    const node = nodeOf(shape)
    const itemShape = node.type === 'list' ? node.item : shape
    const items = Array.isArray(given) ? given : [given]
    return items.map((item) => [at.query, toText(itemShape, item, 'iso8601')] as const)
  })
}
