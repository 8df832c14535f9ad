import { limits, sizeLimits } from './limits.ts'
import { type AnyShape, type ListShape, type MapShape, nodeOf, type StructureShape } from './shape.ts'

type Check = (value: unknown) => boolean

/** Whether a value keeps all limits of its shape. What is wrong of one that does not takes longer to say. */
export function fits(shape: AnyShape, value: unknown): boolean {
  return checkOf(shape)(value)
}

const checks = new WeakMap<AnyShape, Check>()

/** A shape's check is made once: requests of ten thousand events ask for it ten thousand times. */
function checkOf(shape: AnyShape): Check {
  const known = checks.get(shape)
  if (known) return known
  const made = makeCheck(shape)
  checks.set(shape, made)
  return made
}

function makeCheck(shape: AnyShape): Check {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'structure':
      return structureCheck(node)
    case 'list':
      return listCheck(node)
    case 'map':
      return mapCheck(node)
    default: {
      const all = limits(node)
      return (value) => all.every((limit) => limit.holds(value))
    }
  }
}

function structureCheck({ members }: StructureShape): Check {
  const all = Object.entries(members).map(([name, { required, shape }]) => ({
    name,
    required,
    check: checkOf(shape),
  }))
  return (value) => {
    if (!isRecord(value)) return true
    for (const { name, required, check } of all) {
      const given = Object.hasOwn(value, name) ? value[name] : undefined
      if (isAbsent(given) ? required : !check(given)) return false
    }
    return true
  }
}

function listCheck(shape: ListShape): Check {
  const sizes = sizeLimits(shape, (value) => (value as readonly unknown[]).length)
  const check = checkOf(shape.item)
  return (value) => {
    if (!Array.isArray(value)) return true
    return sizes.every((limit) => limit.holds(value)) && value.every((item) => !isAbsent(item) && check(item))
  }
}

function mapCheck(shape: MapShape): Check {
  const sizes = sizeLimits(shape, (value) => Object.keys(value as object).length)
  const [key, check] = [checkOf(shape.key), checkOf(shape.value)]
  return (value) => {
    if (!isRecord(value)) return true
    if (!sizes.every((limit) => limit.holds(value))) return false
    return Object.entries(value).every(([name, entry]) => key(name) && !isAbsent(entry) && check(entry))
  }
}

const isAbsent = (value: unknown) => value === undefined || value === null
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
