import { SerializationException } from '../../errors.ts'
import {
  type AnyMember,
  type AnyShape,
  type ListShape,
  type MapShape,
  nodeOf,
  type StructureShape,
} from '../../shape.ts'
import { fromText, toText } from '../text/scalar.ts'

/** The names of a form, cut at their dots: `Tags.member.1.Key=a` → Tags → member → 1 → Key = `a`. */
export interface FormNode {
  readonly text: string | undefined
  readonly children: ReadonlyMap<string, FormNode>
}

const limitNames = 10_000
const limitDepth = 32

/** Throws SerializationException for more names, or more dots in one, than any request has. */
export function formTree(entries: readonly (readonly [name: string, value: string])[]): FormNode {
  if (entries.length > limitNames)
    throw SerializationException(`A form may hold at most ${limitNames} values`)
  const root: GrowingNode = { text: undefined, children: new Map() }
  for (const [name, value] of entries) {
    const steps = name.split('.')
    if (steps.length > limitDepth) throw SerializationException('A name nests too deeply')
    let node = root
    for (const step of steps) {
      const next: GrowingNode = node.children.get(step) ?? { text: undefined, children: new Map() }
      node.children.set(step, next)
      node = next
    }
    node.text ??= value
  }
  return root
}

interface GrowingNode {
  text: string | undefined
  readonly children: Map<string, GrowingNode>
}

/** Undefined where nothing of the shape stands. Throws SerializationException. */
export function fromForm(shape: AnyShape, form: FormNode): unknown {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return structureFromForm(node, form)
    case 'list':
      return itemsFromForm(node, form.children.get(node.itemName ?? 'member'))
    case 'map':
      return mapFromForm(node, form.children.get('entry'))
    default:
      return form.text === undefined ? undefined : fromText(shape, form.text)
  }
}

function structureFromForm({ members }: StructureShape, form: FormNode): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, member]) => {
      const child = form.children.get(member.xml?.name ?? name)
      const value = child && memberFromForm(member, child)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function memberFromForm({ shape, xml }: AnyMember, form: FormNode): unknown {
  const node = nodeOf(shape)
  // `Tags=` is the empty list.
  if (node.type === 'list' && form.text === '' && form.children.size === 0) return []
  if (xml?.flattened && node.type === 'list') return itemsFromForm(node, form)
  if (xml?.flattened && node.type === 'map') return mapFromForm(node, form)
  return fromForm(shape, form)
}

function itemsFromForm({ item }: ListShape, numbered: FormNode | undefined): unknown[] {
  return inOrder(numbered).map((form) => fromForm(item, form))
}

function mapFromForm({ key, value }: MapShape, numbered: FormNode | undefined): Record<string, unknown> {
  return Object.fromEntries(
    inOrder(numbered).map(({ children }) => {
      const [keyForm, valueForm] = [children.get('key'), children.get('value')]
      if (!keyForm || !valueForm) throw SerializationException('A map entry needs key and value')
      return [String(fromForm(key, keyForm)), fromForm(value, valueForm)]
    }),
  )
}

function inOrder(numbered: FormNode | undefined): FormNode[] {
  const entries = [...(numbered?.children ?? [])]
  if (entries.some(([number]) => !/^\d+$/.test(number)))
    throw SerializationException('List items are numbered')
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, form]) => form)
}

/** Names and values, in the shape's order. Members that the shape doesn't know are left out. */
export function toForm(shape: AnyShape, value: unknown, name = ''): (readonly [string, string])[] {
  if (value === undefined || value === null) return []
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return Object.entries(node.members).flatMap(([member, entry]) =>
        memberToForm(entry, Object(value)[member], join(name, entry.xml?.name ?? member)),
      )
    case 'list':
      return itemsToForm(node, value, { name, numbered: join(name, node.itemName ?? 'member') })
    case 'map':
      return entriesToForm(node, value, join(name, 'entry'))
    default:
      return [[name, toText(shape, value, 'iso8601')]]
  }
}

function memberToForm(
  { shape, xml }: AnyMember,
  value: unknown,
  name: string,
): (readonly [string, string])[] {
  const node = nodeOf(shape)
  if (xml?.flattened && node.type === 'list') return itemsToForm(node, value, { name, numbered: name })
  if (xml?.flattened && node.type === 'map') return entriesToForm(node, value, name)
  return toForm(shape, value, name)
}

function itemsToForm(
  { item }: ListShape,
  value: unknown,
  { name, numbered }: { readonly name: string; readonly numbered: string },
): (readonly [string, string])[] {
  if (!Array.isArray(value)) return []
  if (value.length === 0) return [[name, '']]
  return value.flatMap((entry, index) => toForm(item, entry, `${numbered}.${index + 1}`))
}

function entriesToForm(
  { key, value: shape }: MapShape,
  value: unknown,
  name: string,
): (readonly [string, string])[] {
  return Object.entries(Object(value)).flatMap(([entryKey, entry], index) => [
    ...toForm(key, entryKey, `${name}.${index + 1}.key`),
    ...toForm(shape, entry, `${name}.${index + 1}.value`),
  ])
}

const join = (name: string, step: string) => (name === '' ? step : `${name}.${step}`)
