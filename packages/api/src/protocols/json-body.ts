import { SerializationException } from '../errors.ts'
import { type AnyShape, type ListShape, type MapShape, nodeOf, type StructureShape } from '../shape.ts'
import { base64Bytes } from './base64.ts'
import { dateAt, epochSeconds, parseTimestamp, writeTimestamp } from './timestamp.ts'

/**
 * A value of the shape from parsed JSON. Members that the shape doesn't know stay as they are; a null member is an
 * absent one. Throws SerializationException for a JSON type that does not fit.
 */
export function fromJson(shape: AnyShape, json: unknown): unknown {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return structureFromJson(node, json)
    case 'list':
      return listFromJson(node, json)
    case 'map':
      return mapFromJson(node, json)
    case 'string':
      return typeof json === 'string' ? json : refuse(json, 'a String')
    case 'boolean':
      return typeof json === 'boolean' ? json : refuse(json, 'a Boolean')
    case 'integer':
      return Number.isSafeInteger(json) ? json : refuse(json, 'an Integer')
    case 'double':
      return doubleFromJson(json)
    case 'timestamp':
      return timestampFromJson(json)
    case 'blob':
      return (typeof json === 'string' ? base64Bytes(json) : undefined) ?? refuse(json, 'a Blob')
    default:
      return json
  }
}

/** Throws RangeError for an invalid Date. */
export function toJson(shape: AnyShape, value: unknown): unknown {
  if (value === undefined || value === null) return value
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return structureToJson(node, value)
    case 'list':
      return Array.isArray(value) ? value.map((item) => toJson(node.item, item)) : value
    case 'map':
      return mapEntries(value, (entry) => toJson(node.value, entry))
    case 'timestamp':
      return value instanceof Date ? timestampToJson(value, node.format) : value
    case 'blob':
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
    case 'double':
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
    default:
      return value
  }
}

function structureFromJson({ members }: StructureShape, json: unknown): unknown {
  if (!isObject(json)) return refuse(json, 'a structure')
  // Object.fromEntries, here and below, keeps a key such as `__proto__` a mere key.
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, value]) => {
      const member = Object.hasOwn(members, name) ? members[name] : undefined
      if (!member) return [[name, value]]
      return value === null && member.shape.type !== 'document' ? [] : [[name, fromJson(member.shape, value)]]
    }),
  )
}

function structureToJson({ members }: StructureShape, value: unknown): unknown {
  return mapEntries(value, (entry, name) => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    return member ? toJson(member.shape, entry) : entry
  })
}

/** A null item stays: validation tells where it is. */
function listFromJson({ item }: ListShape, json: unknown): unknown {
  if (!Array.isArray(json)) return refuse(json, 'a list')
  return json.map((entry) => (entry === null ? null : fromJson(item, entry)))
}

function mapFromJson({ value }: MapShape, json: unknown): unknown {
  if (!isObject(json)) return refuse(json, 'a map')
  return mapEntries(json, (entry) => (entry === null ? null : fromJson(value, entry)))
}

function doubleFromJson(json: unknown): unknown {
  if (typeof json === 'number') return Number.isFinite(json) ? json : refuse(json, 'a Double')
  return json === 'NaN' || json === 'Infinity' || json === '-Infinity'
    ? Number(json)
    : refuse(json, 'a Double')
}

function timestampFromJson(json: unknown): unknown {
  const date =
    typeof json === 'number'
      ? dateAt(json * 1000)
      : typeof json === 'string'
        ? parseTimestamp(json)
        : undefined
  return date ?? refuse(json, 'a Timestamp')
}

const timestampToJson = (date: Date, format: Parameters<typeof writeTimestamp>[1] | undefined) =>
  format === undefined || format === 'epoch-seconds' ? epochSeconds(date) : writeTimestamp(date, format)

function mapEntries(value: unknown, change: (entry: unknown, name: string) => unknown): unknown {
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, change(entry, name)]))
}

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** The sentences of AWS's JSON services. */
function refuse(json: unknown, wanted: string): never {
  if (Array.isArray(json)) throw SerializationException('Start of list found where not expected')
  if (isObject(json)) throw SerializationException('Start of structure or map found where not expected.')
  throw SerializationException(`${tokenOf(json)} can not be converted to ${wanted}`)
}

function tokenOf(json: unknown): string {
  if (typeof json === 'boolean') return json ? 'TRUE_VALUE' : 'FALSE_VALUE'
  return json === null ? 'NULL_VALUE' : `${(typeof json).toUpperCase()}_VALUE`
}
