/** A protobuf message as far as it is understood here: its name, and its fields by name. */
export interface MessageSchema {
  readonly name: string
  readonly fields: Readonly<Record<string, FieldSchema>>
}

export type ScalarKind = 'string' | 'int32' | 'int64' | 'bool' | 'double' | 'float'

export interface FieldSchema {
  readonly number: number
  readonly type: ScalarKind | EnumSchema | MessageSchema
  readonly isRepeated?: boolean
  /** Of a `oneof`: at most one field of that name is set. */
  readonly oneOf?: string
}

export interface EnumSchema {
  readonly values: Readonly<Record<string, number>>
}

export type FieldValue = string | number | boolean | Message
/** Values by field name, in the order in which they were read; absent where never set. */
export type Message = ReadonlyMap<string, readonly FieldValue[]>

export const isMessageType = (type: FieldSchema['type']): type is MessageSchema =>
  typeof type === 'object' && 'fields' in type

/** A google.protobuf wrapper, such as `max_batch_size { value: 8 }`. */
export const wrapped = (kind: ScalarKind): MessageSchema => ({
  name: 'google.protobuf.Value',
  fields: { value: { number: 1, type: kind } },
})

export const textOf = (message: Message | undefined, field: string): string =>
  String(lastOf(message, field) ?? '')

export function numberOf(message: Message | undefined, field: string): number | undefined {
  const value = lastOf(message, field)
  return typeof value === 'number' ? value : undefined
}

export const isTrue = (message: Message | undefined, field: string): boolean =>
  lastOf(message, field) === true

/** Undefined where the field was never set. */
export function messageOf(message: Message | undefined, field: string): Message | undefined {
  const value = lastOf(message, field)
  return value instanceof Map ? value : undefined
}

export const messagesOf = (message: Message | undefined, field: string): readonly Message[] =>
  (message?.get(field) ?? []).filter((value): value is Message => value instanceof Map)

export const lastOf = (message: Message | undefined, field: string): FieldValue | undefined =>
  message?.get(field)?.at(-1)
