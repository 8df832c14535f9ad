import {
  type AnyMember,
  type AnyShape,
  type ListShape,
  type MapShape,
  nodeOf,
  type StructureShape,
} from '../../shape.ts'
import { fromText, toText } from '../text/scalar.ts'
import { escapeXml, MalformedXmlText, type XmlElement } from './element.ts'

/** A value of the shape from an element. Elements that the shape doesn't know are passed over. Throws MalformedXmlText, SerializationException. */
export function fromXml(shape: AnyShape, element: XmlElement): unknown {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return structureFromXml(node, element)
    case 'list':
      return itemsFromXml(
        node,
        element.children.filter(({ name }) => name === itemNameOf(node)),
      )
    case 'map':
      return mapFromXml(
        node,
        element.children.filter(({ name }) => name === 'entry'),
      )
    default:
      if (element.children.length > 0)
        throw new MalformedXmlText(`<${element.name}> holds elements, not text`)
      return fromText(shape, element.text)
  }
}

function structureFromXml({ members }: StructureShape, { children }: XmlElement): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, member]) => {
      const found = children.filter((child) => child.name === (member.xml?.name ?? name))
      return found.length > 0 ? [[name, memberFromXml(member, found)]] : []
    }),
  )
}

function memberFromXml({ shape, xml }: AnyMember, found: readonly XmlElement[]): unknown {
  const node = nodeOf(shape)
  if (xml?.flattened && node.type === 'list') return itemsFromXml(node, found)
  if (xml?.flattened && node.type === 'map') return mapFromXml(node, found)
  const [first] = found
  return first && fromXml(shape, first)
}

const itemsFromXml = ({ item }: ListShape, elements: readonly XmlElement[]): unknown[] =>
  elements.map((element) => fromXml(item, element))

function mapFromXml({ key, value }: MapShape, entries: readonly XmlElement[]): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(({ children }) => {
      const named = (wanted: string) => children.find(({ name }) => name === wanted)
      const [keyElement, valueElement] = [named('key'), named('value')]
      if (!keyElement || !valueElement) throw new MalformedXmlText('<entry> needs <key> and <value>')
      return [String(fromXml(key, keyElement)), fromXml(value, valueElement)]
    }),
  )
}

/** `<name>…</name>`. Members that the shape doesn't know are left out. */
export function toXml(name: string, shape: AnyShape, value: unknown, attributes = ''): string {
  return `<${name}${attributes}>${contentOf(shape, value)}</${name}>`
}

function contentOf(shape: AnyShape, value: unknown): string {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return membersToXml(node, Object(value))
    case 'list':
      return itemsToXml(itemNameOf(node), node, value)
    case 'map':
      return entriesToXml('entry', node, value)
    default:
      return escapeXml(toText(shape, value, 'iso8601'))
  }
}

function membersToXml({ members }: StructureShape, value: Readonly<Record<string, unknown>>): string {
  return Object.entries(members)
    .map(([name, { shape, xml }]) => {
      const given = value[name]
      const element = xml?.name ?? name
      if (given === undefined || given === null) return ''
      const node = nodeOf(shape)
      if (xml?.flattened && node.type === 'list') return itemsToXml(element, node, given)
      if (xml?.flattened && node.type === 'map') return entriesToXml(element, node, given)
      return toXml(element, shape, given)
    })
    .join('')
}

const itemsToXml = (element: string, { item }: ListShape, value: unknown) =>
  Array.isArray(value) ? value.map((entry) => toXml(element, item, entry)).join('') : ''

const entriesToXml = (element: string, { key, value: shape }: MapShape, value: unknown) =>
  Object.entries(Object(value))
    .map(
      ([name, entry]) => `<${element}>${toXml('key', key, name)}${toXml('value', shape, entry)}</${element}>`,
    )
    .join('')

const itemNameOf = ({ itemName }: ListShape) => itemName ?? 'member'
