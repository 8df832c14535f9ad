import { ValidationException } from '@sagebrush/api'

/** What every List operation's input may say, in AWS's spelling. */
export interface ListQuery {
  readonly NextToken?: string | undefined
  readonly MaxResults?: number | undefined
  readonly NameContains?: string | undefined
  readonly CreationTimeAfter?: Date | undefined
  readonly CreationTimeBefore?: Date | undefined
  readonly LastModifiedTimeAfter?: Date | undefined
  readonly LastModifiedTimeBefore?: Date | undefined
  readonly StatusEquals?: string | undefined
  readonly SortBy?: string | undefined
  readonly SortOrder?: 'Ascending' | 'Descending' | undefined
}

/** What a record is filtered and sorted by. */
export interface ListFacts {
  readonly name: string
  readonly createdAt: Date
  readonly modifiedAt?: Date
  readonly status?: string
}

export interface ListOptions<T> {
  readonly facts: (item: T) => ListFacts
  /** Where the request says none; it differs from resource to resource. */
  readonly order: 'Ascending' | 'Descending'
}

export interface ListPage<T> {
  readonly items: readonly T[]
  readonly NextToken?: string
}

/** Source: AWS answers ten where the request does not say how many. */
const DEFAULT_RESULTS = 10

/** One page of `all`: filtered, sorted by CreationTime unless the query says Name or Status. Throws ValidationException. */
export function listPage<T>(
  all: readonly T[],
  query: ListQuery,
  { facts, order }: ListOptions<T>,
): ListPage<T> {
  const size = query.MaxResults ?? DEFAULT_RESULTS
  const direction = (query.SortOrder ?? order) === 'Ascending' ? 1 : -1
  const after = query.NextToken ? readToken(query.NextToken) : undefined
  const rest = all
    .map((item) => ({ item, facts: facts(item) }))
    .filter((row) => isWanted(row.facts, query))
    .map((row) => ({ ...row, position: positionOf(row.facts, query.SortBy) }))
    .filter((row) => !after || compare(row.position, after) * direction > 0)
    .sort((a, b) => compare(a.position, b.position) * direction)
  const page = rest.slice(0, size)
  const last = page.at(-1)
  const items = page.map((row) => row.item)
  return last && rest.length > size ? { items, NextToken: writeToken(last.position) } : { items }
}

function isWanted(facts: ListFacts, query: ListQuery): boolean {
  const { createdAt, modifiedAt = createdAt } = facts
  return (
    (!query.NameContains || facts.name.includes(query.NameContains)) &&
    (!query.StatusEquals || facts.status === query.StatusEquals) &&
    isBetween(createdAt, query.CreationTimeAfter, query.CreationTimeBefore) &&
    isBetween(modifiedAt, query.LastModifiedTimeAfter, query.LastModifiedTimeBefore)
  )
}

function isBetween(moment: Date, after: Date | undefined, before: Date | undefined): boolean {
  return (!after || moment > after) && (!before || moment < before)
}

/** What is sorted by, and the name, which makes the order total. */
type Position = readonly [string | number, string]

function positionOf(facts: ListFacts, sortBy = 'CreationTime'): Position {
  if (sortBy === 'Name') return [facts.name, facts.name]
  if (sortBy === 'Status') return [facts.status ?? '', facts.name]
  return [facts.createdAt.getTime(), facts.name]
}

function compare(a: Position, b: Position): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1
  return a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1
}

/** A token names the last item that was given: pages stay right while records come and go. */
function writeToken(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

function readToken(token: string): Position {
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Array.isArray(position) && position.length === 2 && /^(string|number)$/.test(typeof position[0])) {
      return [position[0], String(position[1])]
    }
  } catch {
    // Told below, like a token of another shape.
  }
  throw ValidationException('Invalid NextToken.')
}
