import fc from 'fast-check'
import type { Bytes } from '../../http.ts'
import { type AnyMember, type AnyShape, nodeOf, type StructureShape } from '../../shape.ts'

/** What a wire can carry without loss, beside what the shape says. */
export interface WireLimits {
  /** XML has no NUL; forms and JSON have everything. */
  readonly text: fc.Arbitrary<string>
  /** An empty flattened list or map leaves no trace in XML, an empty structure none in a form. */
  readonly minimumItems: number
  readonly minimumMembers: number
  readonly wholeSeconds: boolean
}

const anyText = fc.string({ unit: 'binary', maxLength: 12 })
export const jsonLimits: WireLimits = {
  text: anyText,
  minimumItems: 0,
  minimumMembers: 0,
  wholeSeconds: false,
}
export const xmlLimits: WireLimits = {
  text: anyText.filter((text) => !text.includes('\0')),
  minimumItems: 1,
  minimumMembers: 0,
  wholeSeconds: false,
}
export const formLimits: WireLimits = {
  text: anyText,
  minimumItems: 1,
  minimumMembers: 1,
  wholeSeconds: false,
}
const headerLimits: WireLimits = {
  text: fc.stringMatching(/^[!-~\xa1-\xff]([ -~\xa1-\xff]{0,10}[!-~\xa1-\xff])?$/),
  minimumItems: 1,
  minimumMembers: 0,
  wholeSeconds: true,
}

/** Values of a shape as a wire carries them. */
export function valuesOf(shape: AnyShape, wire: WireLimits): fc.Arbitrary<unknown> {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'string':
      return node.values ? fc.constantFrom(...node.values) : wire.text
    case 'integer':
      return fc.maxSafeInteger()
    case 'double':
      return fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0))
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
      return fc
        .integer({ min: 0, max: 4_000_000_000 })
        .map((number) => new Date(wire.wholeSeconds || node.format === 'http-date' ? number * 1000 : number))
    case 'blob':
      return fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))
    case 'stream':
      return fc.uint8Array({ maxLength: 12 }).map(streamOf)
    case 'list':
      return fc.array(valuesOf(node.item, wire), { minLength: wire.minimumItems, maxLength: 3 })
    case 'map':
      return fc.dictionary(wire.text, valuesOf(node.value, wire), { minKeys: wire.minimumItems, maxKeys: 3 })
    case 'structure':
      return structuresOf(node, wire).filter((value) => Object.keys(value).length >= wire.minimumMembers)
    default:
      return fc.json().map((text) => JSON.parse(text))
  }
}

/** Not held: what is held goes with its length. */
const streamOf = (bytes: Uint8Array): Bytes => ({
  async *[Symbol.asyncIterator]() {
    yield bytes
  },
})

export function structuresOf(
  { members }: StructureShape,
  wire: WireLimits,
): fc.Arbitrary<Record<string, unknown>> {
  const required = Object.entries(members).filter(([, member]) => member.required || isPayload(member))
  return fc.record(
    Object.fromEntries(Object.entries(members).map(([name, member]) => [name, memberValues(member, wire)])),
    { requiredKeys: required.map(([name]) => name) },
  )
}

const isPayload = ({ at }: AnyMember) => at !== undefined && 'payload' in at

function memberValues({ shape, at }: AnyMember, wire: WireLimits): fc.Arbitrary<unknown> {
  if (!at || 'payload' in at) return valuesOf(shape, wire)
  if ('path' in at) return anyText.filter((text) => text !== '')
  if ('query' in at) return valuesOf(shape, formLimits)
  const node = nodeOf(shape)
  if (node.type === 'map') return fc.dictionary(headerName, headerLimits.text, { minKeys: 1, maxKeys: 3 })
  // A comma parts the items of a list.
  const withoutCommas = { ...headerLimits, text: headerLimits.text.filter((text) => !text.includes(',')) }
  return valuesOf(shape, node.type === 'list' ? withoutCommas : headerLimits)
}

const headerName = fc.stringMatching(/^[a-z0-9-]{1,12}$/)
