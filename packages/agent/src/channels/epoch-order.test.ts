import { describe, expect, it } from 'vitest'
import { epochOrder } from './epoch-order.ts'

const items = Array.from({ length: 10 }, (_, index) => index)

describe('epochOrder', () => {
  it('leaves the order as it is without a seed', () => {
    expect(epochOrder(items, { epoch: 3 })).toEqual(items)
  })

  it.each([1, 2, 3, 10, 12])('deals each item to exactly one of %i hosts, in turn', (hosts) => {
    const parts = Array.from({ length: hosts }, (_, host) =>
      epochOrder(items, { epoch: 0, share: { host, hosts } }),
    )
    expect(parts.flat().sort((a, b) => a - b)).toEqual(items)
    expect(parts[0]?.slice(0, 2)).toEqual([0, hosts].filter((item) => item < 10))
    expect(
      Math.max(...parts.map((part) => part.length)) - Math.min(...parts.map((part) => part.length)),
    ).toBeLessThan(2)
  })

  it('shuffles anew in each epoch, and the same way for the same seed', () => {
    const order = (seed: number, epoch: number) => epochOrder(items, { seed, epoch }).join()
    expect(order(7, 0)).toBe(order(7, 0))
    expect(
      new Set([order(7, 0), order(7, 1), order(8, 0), order(-7, 0), order(7 + 2 ** 40, 0), items.join()])
        .size,
    ).toBe(6)
    expect([...epochOrder(items, { seed: 7, epoch: 5 })].sort((a, b) => a - b)).toEqual(items)
  })

  it('deals shuffled items to the hosts without loss, and differently in each epoch', () => {
    const part = (host: number, epoch: number) =>
      epochOrder(items, { seed: 1, epoch, share: { host, hosts: 2 } })
    expect([...part(0, 0), ...part(1, 0)].sort((a, b) => a - b)).toEqual(items)
    expect([...part(0, 0)].sort()).not.toEqual([...part(0, 1)].sort())
  })

  it('gives every item about the same chance of every place', () => {
    const first = Array.from({ length: 5000 }, (_, epoch) => epochOrder(items, { seed: 3, epoch })[0] ?? 0)
    const counts = items.map((item) => first.filter((found) => found === item).length)
    expect(Math.min(...counts)).toBeGreaterThan(400)
    expect(Math.max(...counts)).toBeLessThan(600)
  })
})
