import { expect, test } from 'vitest'
import { type ListFacts, type ListQuery, listPage } from './list-page.ts'

const at = (day: number) => new Date(Date.UTC(2026, 0, day))
const all: readonly ListFacts[] = [
  { name: 'b', createdAt: at(1), modifiedAt: at(9), status: 'Failed' },
  { name: 'c-x', createdAt: at(2), status: 'Completed' },
  { name: 'a', createdAt: at(3), status: 'Failed' },
  { name: 'd-x', createdAt: at(3), status: 'InProgress' },
]
const list = (query: ListQuery) => listPage(all, query, { facts: (item) => item, order: 'Ascending' })
const names = (query: ListQuery) => list(query).items.map((item) => item.name)

test.each<[string, ListQuery, string[]]>([
  ['nothing is asked: the order of creation, then of names', {}, ['b', 'c-x', 'a', 'd-x']],
  ['newest first', { SortOrder: 'Descending' }, ['d-x', 'a', 'c-x', 'b']],
  ['by name', { SortBy: 'Name' }, ['a', 'b', 'c-x', 'd-x']],
  ['by status, then by name', { SortBy: 'Status' }, ['c-x', 'a', 'b', 'd-x']],
  ['a part of the name', { NameContains: '-x' }, ['c-x', 'd-x']],
  ['a status', { StatusEquals: 'Failed' }, ['b', 'a']],
  ['created after a moment, not at it', { CreationTimeAfter: at(2) }, ['a', 'd-x']],
  ['created before a moment, not at it', { CreationTimeBefore: at(2) }, ['b']],
  ['modified after a moment', { LastModifiedTimeAfter: at(8) }, ['b']],
  ['modified before a moment', { LastModifiedTimeBefore: at(3) }, ['c-x']],
])('%s', (_case, query, expected) => {
  expect(names(query)).toEqual(expected)
})

test.each(['Ascending', 'Descending'] as const)('pages in %s order hold every item once', (SortOrder) => {
  for (const SortBy of ['Name', 'CreationTime', 'Status']) {
    const found: string[] = []
    let NextToken: string | undefined
    do {
      const page = list({ SortBy, SortOrder, MaxResults: 1, NextToken })
      found.push(...page.items.map((item) => item.name))
      NextToken = page.NextToken
    } while (NextToken)
    expect(found).toEqual(names({ SortBy, SortOrder }))
  }
})

test('ten items are given where the request does not say how many', () => {
  const many = Array.from({ length: 11 }, (_, n) => ({ name: String(n), createdAt: at(n + 1) }))
  const page = listPage(many, {}, { facts: (item) => item, order: 'Ascending' })
  expect(page.items).toHaveLength(10)
  expect(page.NextToken).toBeDefined()
})

test.each([
  'x',
  'bnVsbA',
  Buffer.from('[1]').toString('base64url'),
  Buffer.from('[{},"a"]').toString('base64url'),
])('the token %s is refused', (NextToken) => {
  expect(() => list({ NextToken })).toThrow(expect.objectContaining({ code: 'ValidationException' }))
})
