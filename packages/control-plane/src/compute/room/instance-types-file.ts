import { readFileSync } from 'node:fs'
import type { InstanceFacts } from './instance-type.ts'
import type { InstanceTypes } from './size.ts'

/**
 * Reads what somebody wants instance types to be here:
 *
 *   { "ml.m5.xlarge": { "cpus": 2, "memoryGiB": 6 }, "default": { "cpus": 1, "memoryGiB": 4, "gpus": 0 } }
 *
 * Throws Error that names the file and what is wrong in it.
 */
export function readInstanceTypes(path: string): InstanceTypes {
  const value = parse(path)
  if (!isObject(value)) throw wrong(path, 'it must hold an object of instance types')
  return Object.fromEntries(Object.entries(value).map(([name, facts]) => [name, read(path, name, facts)]))
}

function read(path: string, name: string, facts: unknown): InstanceFacts {
  if (!isObject(facts)) throw wrong(path, `${name} must be an object with cpus and memoryGiB`)
  const { cpus, memoryGiB, gpus = 0, ...others } = facts
  const [other] = Object.keys(others)
  if (other !== undefined)
    throw wrong(path, `${name}.${other} is unknown: cpus, memoryGiB and gpus may stand`)
  if (!isNumber(cpus) || cpus <= 0) throw wrong(path, `${name}.cpus must be a number above 0`)
  if (!isNumber(memoryGiB) || memoryGiB <= 0) throw wrong(path, `${name}.memoryGiB must be a number above 0`)
  if (!isNumber(gpus) || !Number.isInteger(gpus) || gpus < 0)
    throw wrong(path, `${name}.gpus must be a whole number from 0`)
  return { cpus, memoryGiB, gpus }
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw wrong(path, error instanceof Error ? error.message : String(error))
  }
}

const wrong = (path: string, what: string) =>
  new Error(`the instance types in ${path} cannot be used: ${what}`)

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
