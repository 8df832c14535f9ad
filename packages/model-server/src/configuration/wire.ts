import { ProtobufReader } from '../formats/protobuf.ts'
import {
  type FieldSchema,
  type FieldValue,
  isMessageType,
  type Message,
  type MessageSchema,
} from './message-schema.ts'

/** Reads a message in protobuf's binary form; fields that the schema does not know are skipped. Throws ProtobufError. */
export function readWire(schema: MessageSchema, source: Uint8Array | ProtobufReader): Message {
  const reader = source instanceof ProtobufReader ? source : new ProtobufReader(source)
  const names = new Map(Object.entries(schema.fields).map(([name, { number }]) => [number, name]))
  const message = new Map<string, FieldValue[]>()
  while (reader.next()) {
    const name = names.get(reader.field)
    const field = name === undefined ? undefined : schema.fields[name]
    if (name === undefined || !field || field.type === 'double' || field.type === 'float') {
      reader.skip()
      continue
    }
    for (const [other, { oneOf }] of Object.entries(schema.fields)) {
      // The last member of a oneof on the wire is the one that holds.
      if (oneOf !== undefined && oneOf === field.oneOf && other !== name) message.delete(other)
    }
    const before = field.isRepeated ? (message.get(name) ?? []) : []
    message.set(name, [...before, ...readValues(field, reader)])
  }
  return message
}

function readValues({ type, isRepeated }: FieldSchema, reader: ProtobufReader): FieldValue[] {
  if (isMessageType(type)) return [readWire(type, reader.message())]
  if (type === 'string') return [reader.text()]
  if (isRepeated && reader.isPacked()) return [...packed(reader.message())]
  const value = reader.signedVarint()
  return [type === 'bool' ? value !== 0 : value]
}

function* packed(reader: ProtobufReader): Generator<number> {
  while (!reader.isAtEnd()) yield reader.signedVarint()
}

/** Writes the message in protobuf's binary form. */
export function writeWire(schema: MessageSchema, message: Message): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [name, values] of message) {
    const field = schema.fields[name]
    if (field) for (const value of values) parts.push(writeValue(field, value))
  }
  return Buffer.concat(parts)
}

function writeValue({ number, type }: FieldSchema, value: FieldValue): Uint8Array {
  if (type === 'double') {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(Number(value))
    return Buffer.concat([varint(number * 8 + 1), bytes])
  }
  if (type === 'float') {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(Number(value))
    return Buffer.concat([varint(number * 8 + 5), bytes])
  }
  const isNested = isMessageType(type) && value instanceof Map
  if (isNested || type === 'string') {
    const bytes = isNested ? writeWire(type, value) : Buffer.from(String(value))
    return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
  }
  return Buffer.concat([varint(number * 8), varint(Number(value))])
}

/** A negative number is written as 64 bits of its two's complement, as protobuf does it. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Uint8Array.from([...bytes, Number(rest)])
}
