/** The kinds of value that AWS's service models know. */
export type ShapeType =
  | 'string'
  | 'integer'
  | 'double'
  | 'boolean'
  | 'timestamp'
  | 'blob'
  | 'stream'
  | 'list'
  | 'map'
  | 'structure'
  | 'document'

/** Carries, once, a field's TypeScript type, its limits and where it travels on the wire. */
export interface Shape<T> {
  readonly type: ShapeType
  readonly '~t'?: T
}
export type Infer<S> = S extends Shape<infer T> ? T : never

export interface Range {
  readonly min?: number
  readonly max?: number
}

/** Where a member travels; without one, in the body. `headers` is a prefix: the map's keys follow it. */
export type Wire =
  | { readonly header: string }
  | { readonly headers: string }
  | { readonly query: string }
  | { readonly path: string }
  | { readonly payload: true }

/** How a member of an XML or form body differs from the default spelling. */
export interface XmlTraits {
  /** Element name, where it is not the member's own. */
  readonly name?: string
  /** Items stand directly in the parent, without a wrapping element. */
  readonly flattened?: true
}

export interface Member<T> {
  readonly shape: Shape<T>
  readonly required: boolean
  readonly at?: Wire
  readonly xml?: XmlTraits
}
export type RequiredMember<T> = Member<T> & { readonly required: true }
export type OptionalMember<T> = Member<T> & { readonly required: false }

// biome-ignore lint/suspicious/noExplicitAny: members of every type live in one table
export type AnyShape = Shape<any>
// biome-ignore lint/suspicious/noExplicitAny: members of every type live in one table
export type AnyMember = Member<any>
export type Members = Record<string, AnyShape | AnyMember>

type ValueOf<X> = X extends Member<infer T> ? T : X extends Shape<infer T> ? T : never
// biome-ignore lint/suspicious/noExplicitAny: only `required` is looked at
type RequiredKeys<M> = { [K in keyof M]: M[K] extends RequiredMember<any> ? K : never }[keyof M]
type Flat<T> = { [K in keyof T]: T[K] }
export type StructureOf<M extends Members> = Flat<
  { [K in RequiredKeys<M>]: ValueOf<M[K]> } & {
    [K in Exclude<keyof M, RequiredKeys<M>>]?: ValueOf<M[K]> | undefined
  }
>

export interface StringShape<T extends string = string> extends Shape<T>, Range {
  readonly type: 'string'
  /** AWS's own pattern text: unanchored as printed in messages, matched against the whole value. */
  readonly pattern?: string
  readonly values?: readonly T[]
}
export interface NumberShape extends Shape<number>, Range {
  readonly type: 'integer' | 'double'
}
export interface TimestampShape extends Shape<Date> {
  readonly type: 'timestamp'
  /** Without one, the protocol's default for the member's place. */
  readonly format?: 'epoch-seconds' | 'iso8601' | 'http-date'
}
export interface ListShape<T = unknown> extends Shape<T[]>, Range {
  readonly type: 'list'
  readonly item: Shape<T>
  /** Element name of an item in XML; `member` without one. */
  readonly itemName?: string
}
export interface MapShape<T = unknown> extends Shape<Record<string, T>>, Range {
  readonly type: 'map'
  readonly key: StringShape
  readonly value: Shape<T>
}
export interface BlobShape extends Shape<Uint8Array>, Range {
  readonly type: 'blob'
}
export interface PlainShape extends Shape<unknown> {
  readonly type: 'boolean' | 'stream' | 'document'
}
export interface StructureShape<M extends Members = Members> extends Shape<StructureOf<M>> {
  readonly type: 'structure'
  readonly members: Readonly<Record<string, AnyMember>>
  readonly '~m'?: M
}

/** Any shape, told apart by its `type`: what walkers switch on. */
export type ShapeNode =
  | StringShape
  | NumberShape
  | TimestampShape
  | BlobShape
  | PlainShape
  | ListShape
  | MapShape
  | StructureShape

/** Every shape is made by a constructor below, so that its `type` says which members it has. */
export const nodeOf = (shape: AnyShape): ShapeNode => shape as ShapeNode

export const string = (limits: Range & { readonly pattern?: string } = {}): StringShape => ({
  type: 'string',
  ...limits,
})
export const oneOf = <const V extends readonly string[]>(...values: V): StringShape<V[number]> => ({
  type: 'string',
  values,
})
export const integer = (limits: Range = {}): NumberShape => ({ type: 'integer', ...limits })
export const double = (limits: Range = {}): NumberShape => ({ type: 'double', ...limits })
export const boolean = (): Shape<boolean> => ({ type: 'boolean' })
export const timestamp = (format?: TimestampShape['format']): TimestampShape =>
  format ? { type: 'timestamp', format } : { type: 'timestamp' }
/** Bytes held in memory; base64 in JSON and XML. */
export const blob = (limits: Range = {}): BlobShape => ({ type: 'blob', ...limits })
/** A payload that is never held in memory. */
export const stream = (): Shape<AsyncIterable<Uint8Array>> => ({ type: 'stream' })
/** Any JSON value, kept as it is. */
export const document = (): Shape<unknown> => ({ type: 'document' })
export const list = <T>(
  item: Shape<T>,
  limits: Range & { readonly itemName?: string } = {},
): ListShape<T> => ({
  type: 'list',
  item,
  ...limits,
})
export const map = <T>(
  value: Shape<T>,
  limits: Range & { readonly key?: StringShape } = {},
): MapShape<T> => ({
  type: 'map',
  value,
  ...limits,
  key: limits.key ?? string(),
})

type Place = { readonly at?: Wire; readonly xml?: XmlTraits }
export const required = <T>(shape: Shape<T>, place: Place = {}): RequiredMember<T> => ({
  shape,
  required: true,
  ...place,
})
export const optional = <T>(shape: Shape<T>, place: Place = {}): OptionalMember<T> => ({
  shape,
  required: false,
  ...place,
})

/** A bare shape among the members is an optional one. */
export function structure<const M extends Members>(members: M): StructureShape<M> {
  const entries = Object.entries(members).map(
    ([name, entry]) => [name, isMember(entry) ? entry : optional(entry)] as const,
  )
  return { type: 'structure', members: Object.fromEntries(entries) }
}

function isMember(entry: AnyShape | AnyMember): entry is AnyMember {
  return 'required' in entry
}
