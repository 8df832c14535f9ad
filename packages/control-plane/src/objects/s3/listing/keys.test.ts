import { expect, test } from 'vitest'
import { afterPrefix, compareKeys } from '../../key-order.ts'
import type { ObjectQuery } from '../../store/object-store.ts'
import { fromMarker, type KeyListing, listKeys } from './keys.ts'

/** A store of these keys, which counts how many it hands out. */
function storeOf(keys: readonly string[]) {
  const sorted = [...keys].sort(compareKeys)
  const read = { rows: 0, queries: 0 }
  const pageOf = async ({ prefix, from, limit }: ObjectQuery) => {
    const start = compareKeys(from, prefix) < 0 ? prefix : from
    const end = afterPrefix(prefix)
    const found = sorted.filter(
      (key) => compareKeys(key, start) >= 0 && (end === undefined || compareKeys(key, end) < 0),
    )
    const objects = found.slice(0, limit).map((key) => ({
      bucket: 'b',
      key,
      sizeBytes: 0,
      etag: '',
      modifiedAt: new Date(0),
      attributes: { contentHeaders: {}, metadata: {} },
    }))
    read.rows += objects.length
    read.queries += 1
    return { objects, more: found.length > limit }
  }
  return { pageOf, read }
}
const query = { prefix: '', from: '', limit: 1000 }
const told = ({ objects, commonPrefixes }: KeyListing) => [
  ...objects.map(({ key }) => key),
  ...commonPrefixes.map((prefix) => `[${prefix}]`),
]

const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e//f', 'é', '😀/x']
test.each([
  ['all', {}, ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e//f', 'é', '😀/x']],
  ['folders', { delimiter: '/' }, ['a', 'd', 'é', '[b/]', '[e/]', '[😀/]']],
  ['a folder', { prefix: 'b/', delimiter: '/' }, ['b/1', 'b/2', '[b/c/]']],
  ['a prefix amid a name', { prefix: 'b', delimiter: '/' }, ['[b/]']],
  ['a folder of an empty name', { prefix: 'e/', delimiter: '/' }, ['[e//]']],
  ['a long delimiter', { delimiter: '//' }, ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'é', '😀/x', '[e//]']],
  ['an empty delimiter', { delimiter: '' }, ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e//f', 'é', '😀/x']],
  ['a prefix of nothing', { prefix: 'z' }, []],
  ['what is not below d', { from: 'd' }, ['d', 'e//f', 'é', '😀/x']],
  ['nothing asked for', { limit: 0 }, []],
])('lists %s', async (_, part, expected) => {
  const listing = await listKeys(storeOf(keys).pageOf, { ...query, ...part })
  expect(told(listing)).toEqual(expected)
  expect(listing.next).toBeUndefined()
})

test.each([1, 2, 3, 5])('pages of %i give every key and every common prefix once', async (limit) => {
  const { pageOf } = storeOf(keys)
  const all: string[] = []
  let from: string | undefined = ''
  while (from !== undefined) {
    const listing: KeyListing = await listKeys(pageOf, { ...query, delimiter: '/', from, limit })
    expect(told(listing).length).toBeLessThanOrEqual(limit)
    all.push(...told(listing))
    from = listing.next?.from
  }
  expect(all.sort(compareKeys)).toEqual(['a', 'd', 'é', '[b/]', '[e/]', '[😀/]'].sort(compareKeys))
})

test('a full page that is also the last says so', async () => {
  const listing = await listKeys(storeOf(['a', 'b/1', 'b/2']).pageOf, { ...query, delimiter: '/', limit: 2 })
  expect(told(listing)).toEqual(['a', '[b/]'])
  expect(listing.next).toBeUndefined()
})

test('a common prefix costs the same, whatever is below it', async () => {
  const below = (name: string) => Array.from({ length: 2000 }, (_, index) => `${name}/${index}`)
  const { pageOf, read } = storeOf([...below('a'), ...below('b'), ...below('c'), 'd'])
  const listing = await listKeys(pageOf, { ...query, delimiter: '/' })
  expect(told(listing)).toEqual(['d', '[a/]', '[b/]', '[c/]'])
  expect(read.rows).toBeLessThan(100)
})

test('a long flat folder is read in few queries', async () => {
  const { pageOf, read } = storeOf(Array.from({ length: 3000 }, (_, index) => `f/${index}`))
  const listing = await listKeys(pageOf, { ...query, prefix: 'f/', delimiter: '/' })
  expect(listing.objects.length).toBe(1000)
  expect(read.queries).toBeLessThan(8)
  expect(read.rows).toBeLessThan(1400)
})

test.each([
  ['', '', undefined, ''],
  ['a', '', undefined, 'a\0'],
  ['a/', '', undefined, 'a/\0'],
  ['a/', '', '/', 'a0'],
  ['a/b', '', '/', 'a/b\0'],
  ['a/b/', 'a/', '/', 'a/b0'],
  ['x/', 'a/', '/', 'x/\0'],
])(
  'behind the marker %j (prefix %j, delimiter %j) a listing goes on at %j',
  (marker, prefix, delimiter, expected) => {
    expect(fromMarker(marker, prefix, delimiter)).toBe(expected)
  },
)
