import { ValidationException } from './errors.ts'
import { fits } from './fits.ts'
import { limits, sizeLimits } from './limits.ts'
import type { Operation } from './service.ts'
import {
  type AnyShape,
  type ListShape,
  type MapShape,
  nodeOf,
  type ShapeNode,
  type StructureShape,
} from './shape.ts'

/** A value that breaks a limit of its shape; `constraint` in AWS's words. */
interface Violation {
  /** `inputDataConfig.1.member.channelName` */
  readonly path: string
  readonly value: unknown
  readonly constraint: string
}

/**
 * Throws ValidationException with every violation of the operation's limits, in AWS's wording:
 * `1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: Member must …`.
 */
export function validateInput(operation: Operation, input: unknown): void {
  if (fits(operation.input, input)) return
  const violations = violationsOf(operation.input, input, '').slice(0, violationsTold)
  if (violations.length === 0) return
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`
  throw ValidationException(`${count} detected: ${violations.map(sentence).join('; ')}`)
}

/** An error's message should stay readable, and bounded, whatever was sent. */
const violationsTold = 100
const charactersOfValueTold = 1024

function sentence({ path, value, constraint }: Violation): string {
  const told = isAbsent(value) ? 'null' : `'${shorten(javaText(value))}'`
  return `Value ${told} at '${path}' failed to satisfy constraint: ${constraint}`
}

function violationsOf(shape: AnyShape, value: unknown, path: string): Violation[] {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return isRecord(value) ? violationsOfStructure(node, value, path) : []
    case 'list':
      return Array.isArray(value) ? violationsOfList(node, value, path) : []
    case 'map':
      return isRecord(value) ? violationsOfMap(node, value, path) : []
    default:
      return limits(node)
        .filter((limit) => !limit.holds(value))
        .map(({ constraint }) => ({ path, value, constraint }))
  }
}

function violationsOfStructure(
  { members }: StructureShape,
  value: Record<string, unknown>,
  path: string,
): Violation[] {
  return Object.entries(members).flatMap(([name, member]) => {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    const place = path ? `${path}.${lowerCamel(name)}` : lowerCamel(name)
    if (isAbsent(given)) return member.required ? [isNull(place)] : []
    return violationsOf(member.shape, given, place)
  })
}

function violationsOfList(shape: ListShape, items: readonly unknown[], path: string): Violation[] {
  const found = sizeLimits(shape, (value) => (value as readonly unknown[]).length)
    .filter((limit) => !limit.holds(items))
    .map(({ constraint }) => ({ path, value: items, constraint }) as Violation)
  return [...found, ...violationsOfItems(shape, items, path)]
}

function violationsOfItems({ item }: ListShape, items: readonly unknown[], path: string): Violation[] {
  const nulls = items.flatMap((entry, index) =>
    isAbsent(entry) ? [isNull(`${path}.${index + 1}.member`)] : [],
  )
  if (isScalar(nodeOf(item))) {
    const told = together(item, items)
    return told
      ? [...nulls, { path, value: items, constraint: `Member must satisfy constraint: ${told}` }]
      : nulls
  }
  return items.flatMap((entry, index) => {
    const place = `${path}.${index + 1}.member`
    return isAbsent(entry) ? [isNull(place)] : violationsOf(item, entry, place)
  })
}

function violationsOfMap(shape: MapShape, value: Record<string, unknown>, path: string): Violation[] {
  const constraints = sizeLimits(shape, (entry) => Object.keys(entry as object).length)
    .filter((limit) => !limit.holds(value))
    .map(({ constraint }) => constraint)
  const keys = together(shape.key, Object.keys(value))
  if (keys) constraints.push(`Map keys must satisfy constraint: ${keys}`)
  const isFlat = isScalar(nodeOf(shape.value))
  const values = isFlat ? together(shape.value, Object.values(value)) : undefined
  if (values) constraints.push(`Map value must satisfy constraint: ${values}`)
  const inside = Object.entries(value).flatMap(([key, entry]) => {
    const place = `${path}.${key}.member`
    if (isAbsent(entry)) return [isNull(place)]
    return isFlat ? [] : violationsOf(shape.value, entry, place)
  })
  return [...constraints.map((constraint) => ({ path, value, constraint })), ...inside]
}

/** All limits of a collection's scalars, as AWS tells them when one value breaks one of them. */
function together(shape: AnyShape, values: readonly unknown[]): string | undefined {
  const all = limits(nodeOf(shape))
  const isBroken = values.some((value) => !isAbsent(value) && all.some((limit) => !limit.holds(value)))
  return isBroken ? `[${all.map(({ constraint }) => constraint).join(', ')}]` : undefined
}

const isScalar = (node: ShapeNode) => node.type !== 'structure' && node.type !== 'list' && node.type !== 'map'
const isAbsent = (value: unknown) => value === undefined || value === null
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const isNull = (path: string): Violation => ({ path, value: null, constraint: 'Member must not be null' })
const lowerCamel = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)
const shorten = (text: string) =>
  text.length > charactersOfValueTold ? `${text.slice(0, charactersOfValueTold)}...` : text

/** `[a, b]` and `{k=v}`: AWS prints values as Java does. */
function javaText(value: unknown): string {
  if (isAbsent(value)) return 'null'
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `[${value.length} bytes]`
  if (!isRecord(value)) return String(value)
  return `{${Object.entries(value)
    .map(([key, entry]) => `${key}=${javaText(entry)}`)
    .join(', ')}}`
}
