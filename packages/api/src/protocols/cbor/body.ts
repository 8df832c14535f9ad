import { SerializationException } from '../../errors.ts'
import { type AnyShape, type ListShape, type MapShape, nodeOf, type StructureShape } from '../../shape.ts'
import { dateAt, epochSeconds } from '../text/timestamp.ts'
import { type Cbor, Tagged } from './read.ts'
import { Float, type WritableCbor } from './write.ts'

/**
 * A value of the shape from CBOR. Members that the shape doesn't know are passed over; a null member is an absent one.
 * Throws SerializationException for a type that does not fit.
 */
export function fromCbor(shape: AnyShape, cbor: Cbor): unknown {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return structureFromCbor(node, cbor)
    case 'list':
      return listFromCbor(node, cbor)
    case 'map':
      return mapFromCbor(node, cbor)
    case 'string':
      return typeof cbor === 'string' ? cbor : refuse(cbor, 'a String')
    case 'boolean':
      return typeof cbor === 'boolean' ? cbor : refuse(cbor, 'a Boolean')
    case 'integer':
      return Number.isSafeInteger(cbor) ? cbor : refuse(cbor, 'an Integer')
    case 'double':
      return typeof cbor === 'number' ? cbor : refuse(cbor, 'a Double')
    case 'timestamp':
      return timestampFromCbor(cbor)
    case 'blob':
      return cbor instanceof Uint8Array ? cbor : refuse(cbor, 'a Blob')
    default:
      throw noPlace(node.type)
  }
}

/** Undefined for an absent value. Throws TypeError for a value that is not of the shape. */
export function toCbor(shape: AnyShape, value: unknown): WritableCbor | undefined {
  if (value === undefined || value === null) return undefined
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return entriesOf(Object.entries(node.members), (name, { shape }) => toCbor(shape, Object(value)[name]))
    case 'list':
      return Array.isArray(value) ? value.map((item) => toCbor(node.item, item) ?? null) : []
    case 'map':
      return entriesOf(Object.entries(Object(value)), (_, entry) => toCbor(node.value, entry) ?? null)
    case 'double':
      return new Float(Number(value))
    case 'timestamp':
      return timestampToCbor(value)
    case 'integer':
      return Number(value)
    case 'boolean':
      return value === true
    case 'string':
      return String(value)
    case 'blob':
      if (value instanceof Uint8Array) return value
      throw new TypeError('a blob is bytes')
    default:
      throw noPlace(node.type)
  }
}

function structureFromCbor({ members }: StructureShape, cbor: Cbor): unknown {
  if (!(cbor instanceof Map)) return refuse(cbor, 'a structure')
  // Object.fromEntries, here and below, keeps a key such as `__proto__` a mere key.
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, { shape }]) => {
      const given: Cbor | undefined = cbor.get(name)
      return given === undefined || given === null ? [] : [[name, fromCbor(shape, given)]]
    }),
  )
}

/** A null item stays: validation tells where it is. */
function listFromCbor({ item }: ListShape, cbor: Cbor): unknown {
  if (!Array.isArray(cbor)) return refuse(cbor, 'a list')
  return cbor.map((entry) => (entry === null ? null : fromCbor(item, entry)))
}

function mapFromCbor({ value }: MapShape, cbor: Cbor): unknown {
  if (!(cbor instanceof Map)) return refuse(cbor, 'a map')
  const entries = [...cbor].map(([key, entry]) => [key, entry === null ? null : fromCbor(value, entry)])
  return Object.fromEntries(entries)
}

/** Seconds since 1970 under tag 1; some writers leave the tag out. */
function timestampFromCbor(cbor: Cbor): unknown {
  const seconds = cbor instanceof Tagged && cbor.tag === 1 ? cbor.value : cbor
  const date = typeof seconds === 'number' ? dateAt(seconds * 1000) : undefined
  return date ?? refuse(seconds, 'a Timestamp')
}

function timestampToCbor(value: unknown): WritableCbor {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw new TypeError('a timestamp is a Date')
  return new Tagged(1, epochSeconds(value))
}

function entriesOf<T>(
  entries: readonly (readonly [string, T])[],
  change: (name: string, entry: T) => WritableCbor | undefined,
): ReadonlyMap<string, WritableCbor> {
  const map = new Map<string, WritableCbor>()
  for (const [name, entry] of entries) {
    const value = change(name, entry)
    if (value !== undefined) map.set(name, value)
  }
  return map
}

/** The protocol has neither streams nor documents. */
const noPlace = (type: string) => new TypeError(`a ${type} has no place in CBOR`)

/** In the sentences that AWS's JSON services use. */
function refuse(cbor: Cbor, wanted: string): never {
  if (Array.isArray(cbor)) throw SerializationException('Start of list found where not expected')
  if (cbor instanceof Map) throw SerializationException('Start of structure or map found where not expected.')
  throw SerializationException(`${kindOf(cbor)} can not be converted to ${wanted}`)
}

function kindOf(cbor: Cbor): string {
  if (cbor === null) return 'NULL_VALUE'
  if (typeof cbor === 'boolean') return cbor ? 'TRUE_VALUE' : 'FALSE_VALUE'
  return typeof cbor === 'object' ? 'BLOB_VALUE' : `${(typeof cbor).toUpperCase()}_VALUE`
}
