import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { AlreadyExists, type Collection, NotFound } from './collection.ts'

export interface Thing {
  readonly name: string
  readonly at?: Date
  readonly count?: number
  readonly anything?: unknown
}

/** What every Collection promises. `make` gives an empty one. */
export function collectionContract(title: string, make: () => Promise<Collection<Thing>>): void {
  describe(`${title} as a Collection`, () => {
    test('gives back what was created, with its first revision', async () => {
      const things = await make()
      await things.create({ name: 'a', count: 1 })
      expect(await things.get('a')).toEqual({ value: { name: 'a', count: 1 }, revision: 1 })
      expect(await things.get('b')).toBeUndefined()
    })

    test('refuses a second record of the same name and keeps the first', async () => {
      const things = await make()
      await things.create({ name: 'a', count: 1 })
      await expect(things.create({ name: 'a', count: 2 })).rejects.toBeInstanceOf(AlreadyExists)
      expect((await things.get('a'))?.value.count).toBe(1)
    })

    test('tells names apart by case', async () => {
      const things = await make()
      await things.create({ name: 'a' })
      await things.create({ name: 'A' })
      expect((await things.list()).map(nameOf)).toEqual(['A', 'a'])
    })

    test.each<[string, unknown]>([
      ['a Date inside', { deep: [new Date(1_700_000_000_123)] }],
      ['what looks like a written Date', { $date: '2026-01-01T00:00:00.000Z' }],
      ['keys that begin with $', { $: 1, $$: 2, $$date: { $date: 3 } }],
      ['a key called __proto__', JSON.parse('{"__proto__":{"a":1},"constructor":2}')],
      ['null, booleans, numbers and empty things', { a: null, b: [true, 1.5, -0.1, ''], c: {}, d: [] }],
      ['every kind of text', { text: 'zero\u0000 quote" \u2028 \u{1f33f} \n' }],
    ])('keeps %s', async (_case, anything) => {
      const things = await make()
      await things.create({ name: 'a', at: new Date(5), anything })
      expect((await things.get('a'))?.value).toEqual({ name: 'a', at: new Date(5), anything })
    })

    test('lists in the order of code points, also beyond 16 bits', async () => {
      const things = await make()
      for (const name of ['b', '\u{1f600}', '\uffee', 'B', 'a-1', 'a']) await things.create({ name })
      expect((await things.list()).map(nameOf)).toEqual(['B', 'a', 'a-1', 'b', '\uffee', '\u{1f600}'])
    })

    test('lists page by page', async () => {
      const things = await make()
      for (const name of ['a', 'b', 'c']) await things.create({ name })
      expect((await things.list({ limit: 2 })).map(nameOf)).toEqual(['a', 'b'])
      expect((await things.list({ after: 'b', limit: 2 })).map(nameOf)).toEqual(['c'])
      expect(await things.list({ after: 'c' })).toEqual([])
    })

    test('applies a change to the newest revision, loses none of many at once', async () => {
      const things = await make()
      await things.create({ name: 'a', count: 0 })
      const add = (thing: Thing): Thing => ({ ...thing, count: (thing.count ?? 0) + 1 })
      await Promise.all(Array.from({ length: 20 }, () => things.update('a', add)))
      expect(await things.get('a')).toEqual({ value: { name: 'a', count: 20 }, revision: 21 })
    })

    test('leaves the record as it was when the change throws', async () => {
      const things = await make()
      await things.create({ name: 'a', count: 1 })
      const boom = () => {
        throw new RangeError('boom')
      }
      await expect(things.update('a', boom)).rejects.toBeInstanceOf(RangeError)
      expect(await things.get('a')).toEqual({ value: { name: 'a', count: 1 }, revision: 1 })
    })

    test('writes nothing for a change that answers the same value', async () => {
      const things = await make()
      await things.create({ name: 'a' })
      expect((await things.update('a', (thing) => thing)).revision).toBe(1)
    })

    test('says NotFound to an update of nothing, and nothing to a deletion of nothing', async () => {
      const things = await make()
      await expect(things.update('a', (thing) => thing)).rejects.toBeInstanceOf(NotFound)
      await expect(things.delete('a')).resolves.toBeUndefined()
    })

    test('takes the name of a deleted record again', async () => {
      const things = await make()
      await things.create({ name: 'a', count: 1 })
      await things.delete('a')
      expect(await things.get('a')).toBeUndefined()
      await things.create({ name: 'a', count: 2 })
      expect(await things.get('a')).toEqual({ value: { name: 'a', count: 2 }, revision: 1 })
    })

    test('tells every listener the names that were created, changed or deleted', async () => {
      const things = await make()
      const stop = new AbortController()
      const listeners = [things.changes(stop.signal), things.changes(stop.signal)]
      await things.create({ name: 'a' })
      await things.create({ name: 'b' })
      await things.update('b', (thing) => ({ ...thing, count: 1 }))
      await things.delete('a')
      for (const listener of listeners) expect(await take(listener, 2)).toEqual(['a', 'b'])
      stop.abort()
    })

    test('ends its change feed when asked to', async () => {
      const things = await make()
      const stop = new AbortController()
      const ended = take(things.changes(stop.signal), 1)
      await delay(0)
      stop.abort()
      expect(await ended).toEqual([])
    })
  })
}

const nameOf = (stored: { readonly value: Thing }) => stored.value.name

async function take(feed: AsyncIterable<string>, count: number): Promise<string[]> {
  const taken: string[] = []
  for await (const name of feed) {
    taken.push(name)
    if (taken.length === count) break
  }
  return taken
}
