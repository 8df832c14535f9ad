import { SerializationException } from '../../errors.ts'
import { type AnyShape, type ListShape, type MapShape, nodeOf, type StructureShape } from '../../shape.ts'
import { base64Bytes } from '../text/base64.ts'
import { dateAt, epochSeconds, parseTimestamp, writeTimestamp } from '../text/timestamp.ts'

/**
 * A value of the shape from parsed JSON; the JSON itself where nothing of it is written otherwise. Members that the shape
 * doesn't know stay as they are; a null member is an absent one. Throws SerializationException for a JSON type that does not fit.
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

/** The value itself where JSON writes it as it is. Throws RangeError for an invalid Date. */
export function toJson(shape: AnyShape, value: unknown): unknown {
  if (value === undefined || value === null || isPlain(shape)) return value
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return structureToJson(node, value)
    case 'list':
      return Array.isArray(value) ? changedItems(value, (item) => toJson(node.item, item)) : value
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

const plain = new WeakMap<AnyShape, boolean>()

/** Whether JSON writes all values of the shape as they are. */
function isPlain(shape: AnyShape): boolean {
  const known = plain.get(shape)
  if (known !== undefined) return known
  const node = nodeOf(shape)
  const parts =
    node.type === 'structure'
      ? Object.values(node.members).map((member) => member.shape)
      : node.type === 'list'
        ? [node.item]
        : node.type === 'map'
          ? [node.value]
          : []
  const result = !['timestamp', 'blob', 'double'].includes(node.type) && parts.every(isPlain)
  plain.set(shape, result)
  return result
}

function structureFromJson({ members }: StructureShape, json: unknown): unknown {
  if (!isObject(json)) return refuse(json, 'a structure')
  return changedEntries(json, (value, name) => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (!member) return value
    return value === null && member.shape.type !== 'document' ? absent : fromJson(member.shape, value)
  })
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
  return changedItems(json, (entry) => (entry === null ? null : fromJson(item, entry)))
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
  return isObject(value) ? changedEntries(value, change) : value
}

const absent = Symbol('absent')

/** The object itself as long as nothing changes: most requests are long lists of texts and numbers. */
function changedEntries(
  object: Record<string, unknown>,
  change: (entry: unknown, name: string) => unknown,
): Record<string, unknown> {
  let changed: Record<string, unknown> | undefined
  for (const name of Object.keys(object)) {
    const entry = object[name]
    const value = change(entry, name)
    if (value === entry) continue
    // Spreading, and defining below, keeps a key such as `__proto__` a mere key.
    changed ??= { ...object }
    if (value === absent) delete changed[name]
    else Object.defineProperty(changed, name, { value, writable: true, enumerable: true, configurable: true })
  }
  return changed ?? object
}

function changedItems(items: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  let changed: unknown[] | undefined
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index]
    const value = change(item)
    if (value === item) continue
    changed ??= [...items]
    changed[index] = value
  }
  return changed ?? items
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
