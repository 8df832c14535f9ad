import { type HttpRequest, splitTarget } from '../../http.ts'
import type { Operation, Service } from '../../service.ts'
import { nodeOf } from '../../shape.ts'
import { formDecode, MalformedPercent, parseQuery } from '../text/percent.ts'

/** `Operation.http`, taken apart. */
export interface Route {
  readonly operation: Operation
  readonly method: string
  readonly header: string | undefined
  readonly segments: readonly Segment[]
  /** Fixed query text, in order; without a value, any value fits. */
  readonly fixed: readonly (readonly [name: string, value: string | undefined])[]
  /** Query names that a member of the input is bound to. */
  readonly bound: ReadonlySet<string>
}
export type Segment = { readonly literal: string } | { readonly label: string; readonly isGreedy: boolean }

/** Of the service's operations, the one that asks for most of what the request has. */
export function findRoute(service: Service, request: HttpRequest): Route | undefined {
  const { path, query } = splitTarget(request.target)
  const asked = new Map(parseQuery(query))
  const { routes, subresources } = tableOf(service)
  return routes.find(
    (route) =>
      route.method === request.method &&
      (route.header === undefined || request.headers.has(route.header)) &&
      route.fixed.every(([name, value]) => asked.has(name) && hasValue(asked.get(name), value)) &&
      [...asked.keys()].every((name) => !subresources.has(name) || isNamedBy(route, name)) &&
      rawLabels(route, path) !== undefined,
  )
}

/**
 * The labels of a raw path, still encoded; undefined where it does not fit. A greedy label takes all that is left,
 * with every slash: `/bucket//a/../b/` has the key `/a/../b/`.
 */
export function rawLabels({ segments }: Route, path: string): ReadonlyMap<string, string> | undefined {
  const labels = new Map<string, string>()
  let rest = path
  for (const segment of segments) {
    if (!rest.startsWith('/') || rest.length < 2) return undefined
    const isGreedy = 'label' in segment && segment.isGreedy
    const end = isGreedy ? rest.length : endOfSegment(rest)
    const text = rest.slice(1, end)
    if ('label' in segment ? text === '' : text !== segment.literal) return undefined
    if ('label' in segment) labels.set(segment.label, text)
    rest = rest.slice(end)
  }
  return rest === '' || rest === '/' ? labels : undefined
}

/** Compiled at its first use. */
export function routeOf(operation: Operation): Route {
  const known = routesKnown.get(operation)
  if (known) return known
  const route = compile(operation)
  routesKnown.set(operation, route)
  return route
}
const routesKnown = new WeakMap<Operation, Route>()

function compile(operation: Operation): Route {
  if (!operation.http) throw new TypeError(`${operation.name} does not say where it is met`)
  const { path, query } = splitTarget(operation.http.path)
  const input = nodeOf(operation.input)
  const members = input.type === 'structure' ? Object.values(input.members) : []
  return {
    operation,
    method: operation.http.method,
    header: operation.http.header,
    segments: path
      .split('/')
      .filter((text) => text !== '')
      .map(segmentOf),
    fixed: query
      .split('&')
      .filter((text) => text !== '')
      .map((text) => {
        const [name = '', value] = text.split('=', 2)
        return [name, value] as const
      }),
    bound: new Set(members.flatMap(({ at }) => (at && 'query' in at ? [at.query] : []))),
  }
}

function segmentOf(text: string): Segment {
  const name = /^\{(.+?)(\+?)\}$/.exec(text)
  return name?.[1] ? { label: name[1], isGreedy: name[2] === '+' } : { literal: text }
}

interface Table {
  /** Those that ask for more come first. */
  readonly routes: readonly Route[]
  /** Query names that choose an operation: a route which knows nothing of one would misread the request. */
  readonly subresources: ReadonlySet<string>
}
const tablesKnown = new WeakMap<Service, Table>()

function tableOf(service: Service): Table {
  const known = tablesKnown.get(service)
  if (known) return known
  const routes = service.operations.map(routeOf).sort((a, b) => demands(b) - demands(a))
  const fixed = routes.flatMap((route) => route.fixed.map(([name]) => name))
  const table = { routes, subresources: new Set([...fixed, ...(service.subresources ?? [])]) }
  tablesKnown.set(service, table)
  return table
}

function demands({ segments, fixed, header }: Route): number {
  const literals = segments.filter((segment) => 'literal' in segment).length
  const values = fixed.filter(([, value]) => value !== undefined).length
  return segments.length + literals + 10 * (fixed.length + values + (header ? 1 : 0))
}

const isNamedBy = (route: Route, name: string) =>
  route.bound.has(name) || route.fixed.some(([fixed]) => fixed === name)

function hasValue(raw: string | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined) return true
  try {
    return formDecode(raw ?? '') === wanted
  } catch (error) {
    if (error instanceof MalformedPercent) return false
    throw error
  }
}

function endOfSegment(path: string): number {
  const slash = path.indexOf('/', 1)
  return slash < 0 ? path.length : slash
}
