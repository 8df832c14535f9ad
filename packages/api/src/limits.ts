import { matchesPattern } from './pattern.ts'
import type { Range, ShapeNode, StringShape } from './shape.ts'

/** One limit of a shape; `constraint` in AWS's words. */
export interface Limit {
  readonly constraint: string
  holds(value: unknown): boolean
}

/** Of a scalar. */
export function limits(node: ShapeNode): Limit[] {
  switch (node.type) {
    case 'string':
      return stringLimits(node)
    case 'blob':
      return sizeLimits(node, (value) => (value instanceof Uint8Array ? value.length : 0))
    case 'integer':
    case 'double':
      return rangeLimits(node, 'have value', Number)
    default:
      return []
  }
}

function stringLimits(shape: StringShape): Limit[] {
  const { values, pattern, max = Number.POSITIVE_INFINITY } = shape
  const all = lengthLimits(shape)
  if (pattern !== undefined) {
    all.push({
      constraint: `Member must satisfy regular expression pattern: ${pattern}`,
      // What is too long is told as such, and never costs a match.
      holds: (value) => !isAtMost(String(value), max) || matchesPattern(pattern, String(value)),
    })
  }
  if (values) {
    all.push({
      constraint: `Member must satisfy enum value set: [${values.join(', ')}]`,
      holds: (value) => values.includes(String(value)),
    })
  }
  return all
}

/** Of what has a length. */
export const sizeLimits = (range: Range, measure: (value: unknown) => number): Limit[] =>
  rangeLimits(range, 'have length', measure)

function rangeLimits({ min, max }: Range, verb: string, measure: (value: unknown) => number): Limit[] {
  const all: Limit[] = []
  if (max !== undefined) all.push({ constraint: atMost(verb, max), holds: (value) => measure(value) <= max })
  if (min !== undefined) all.push({ constraint: atLeast(verb, min), holds: (value) => measure(value) >= min })
  return all
}

const atMost = (verb: string, max: number) => `Member must ${verb} less than or equal to ${max}`
const atLeast = (verb: string, min: number) => `Member must ${verb} greater than or equal to ${min}`

/** Lengths of strings count code points, of which a string has at least half as many as UTF-16 units. */
function lengthLimits({ min, max }: Range): Limit[] {
  const all: Limit[] = []
  if (max !== undefined)
    all.push({ constraint: atMost('have length', max), holds: (value) => isAtMost(String(value), max) })
  if (min !== undefined)
    all.push({ constraint: atLeast('have length', min), holds: (value) => isAtLeast(String(value), min) })
  return all
}

const isAtMost = (text: string, max: number) => text.length <= max || characters(text) <= max
const isAtLeast = (text: string, min: number) => text.length >= 2 * min || characters(text) >= min

function characters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
