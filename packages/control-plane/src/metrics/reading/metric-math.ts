import type { cloudWatch, InputOf } from '@sagebrush/api'
import { evaluate } from '../math/evaluate.ts'
import { type Expression, MathError, parseExpression, referencesIn } from '../math/parse-expression.ts'
import type { Points, Series, Value } from '../math/series.ts'

type Query = InputOf<typeof cloudWatch, 'GetMetricData'>['MetricDataQueries'][number]

/** Works out the formulas among the queries of one call, each once, and only those that are asked for. */
export class MetricMath {
  readonly #queries: ReadonlyMap<string, Query>
  readonly #formulas: ReadonlyMap<string, Expression>
  readonly #read: (query: Query) => Points
  readonly #values = new Map<string, Value>()
  /** Those that are being worked out. */
  readonly #open = new Set<string>()

  /** `read` gives the values of a query for a metric. Throws MathError for a formula that is none, asked for or not. */
  constructor(queries: readonly Query[], read: (query: Query) => Points) {
    this.#queries = new Map(queries.map((query) => [query.Id, query]))
    this.#formulas = new Map(
      queries.flatMap(({ Id, Expression: text }) => {
        return text === undefined ? [] : [[Id, naming(Id, () => parseExpression(text))]]
      }),
    )
    this.#read = read
  }

  /** The series that the formula comes to, labelled. Throws MathError, which names the query at fault. */
  seriesOf(query: Query): readonly Series[] {
    const value = this.#valueOf(query)
    const { Id, Label } = query
    if (value.kind === 'series') return [{ label: Label ?? Id, points: value.points }]
    if (value.kind === 'several') {
      const prefix = Label === undefined ? '' : `${Label} `
      return value.series.map(({ label, points }) => ({ label: `${prefix}${label}`, points }))
    }
    throw new MathError(`Error in expression '${Id}': The expression must come to a time series`)
  }

  #valueOf(query: Query): Value {
    const known = this.#values.get(query.Id)
    if (known) return known
    const formula = this.#formulas.get(query.Id)
    const value: Value = formula
      ? this.#workedOut(query.Id, formula)
      : { kind: 'series', points: this.#read(query) }
    this.#values.set(query.Id, value)
    return value
  }

  #workedOut(id: string, formula: Expression): Value {
    if (this.#open.has(id)) throw new MathError(`Error in expression '${id}': Circular reference`)
    this.#open.add(id)
    const value = naming(id, () => this.#evaluate(formula))
    this.#open.delete(id)
    return value
  }

  /** What a formula names is worked out before it: many that build on one another are no deeper than one. */
  #evaluate(expression: Expression): Value {
    for (const id of referencesIn(expression)) {
      const query = this.#queries.get(id)
      if (query) this.#valueOf(query)
    }
    return evaluate(expression, {
      valueOf: (id) => this.#values.get(id),
      metrics: (text) =>
        [...this.#queries.values()]
          .filter(({ Id, Expression }) => Expression === undefined && Id.includes(text))
          .flatMap((query) => {
            const value = this.#valueOf(query)
            return value.kind === 'series' ? [{ label: labelOf(query), points: value.points }] : []
          }),
    })
  }
}

/** What a query's results are called where its sender does not say. */
export const labelOf = ({ Id, Label, MetricStat }: Query): string =>
  Label ?? MetricStat?.Metric.MetricName ?? Id

/** An error of a formula within another one has its name already. */
function naming<T>(id: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof MathError) || error.message.startsWith('Error in expression')) throw error
    throw new MathError(`Error in expression '${id}': ${error.message}`)
  }
}
