import { describe, expect, test } from 'vitest'
import { portSlots } from './port-slots.ts'

function takeAll(slots: ReturnType<typeof portSlots>) {
  const taken = []
  for (let pairs = slots.take(); pairs; pairs = slots.take()) taken.push(pairs)
  return taken
}

describe('portSlots', () => {
  test.each([
    [9000, 9999, 1, 449],
    [9000, 9999, 2, 224],
    [9000, 9001, 1, 0],
    [9000, 9003, 1, 1],
    [8000, 8020, 1, 9],
  ])('%i-%i with %i pairs a model holds %i models', (low, high, pairs, models) => {
    expect(takeAll(portSlots({ low, high }, pairs))).toHaveLength(models)
  })

  test('takes from the upper ends, REST below gRPC', () => {
    const slots = portSlots({ low: 9000, high: 9999 }, 1)
    expect([slots.take(), slots.take()]).toEqual([[{ rest: 9448, grpc: 9898 }], [{ rest: 9447, grpc: 9897 }]])
  })

  test('gives a number to one model at a time, and again once it is given back', () => {
    const slots = portSlots({ low: 9000, high: 9099 }, 2)
    const all = takeAll(slots)
    const numbers = all.flat().flatMap(({ rest, grpc }) => [rest, grpc])
    expect(new Set(numbers).size).toBe(numbers.length)
    const [first = []] = all
    slots.giveBack(first)
    expect(slots.take()).toEqual(first)
    expect(slots.take()).toBeUndefined()
  })
})
