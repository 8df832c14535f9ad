import type { Database as SqliteDatabase } from 'better-sqlite3'
import { counted, countOf, type Distribution, joined } from './distribution.ts'

/** A metric is told from others by all of this; the order of its dimensions does not count. */
export interface MetricKey {
  readonly namespace: string
  readonly name: string
  readonly dimensions: readonly Dimension[]
}

export interface Dimension {
  readonly name: string
  readonly value: string
}

/** What is kept of the values of one minute and unit: enough for every simple statistic of any longer time. */
export interface Sample {
  /** Whole minutes since 1970. */
  readonly minute: number
  readonly unit: string
  readonly count: number
  readonly sum: number
  readonly minimum: number
  readonly maximum: number
}

export interface NewSample extends Sample {
  readonly metric: MetricKey
  /** The single values, where they are known: as many as `count` says. */
  readonly values?: Distribution
}

/** The single values of one period, and maybe of one unit. */
export interface PeriodValues extends Pick<Sample, 'minute' | 'unit'> {
  readonly values: Distribution
}

export interface TimeRange {
  /** Whole minutes since 1970; the first period begins here. */
  readonly from: number
  /** Not in it. */
  readonly to: number
  readonly periodMinutes: number
}

export interface SampleQuery extends TimeRange {
  /** Without one, all units. */
  readonly unit?: string | undefined
  /** Whether values of different units go into different samples of a period. */
  readonly units: 'apart' | 'together'
  readonly order: 'ascending' | 'descending'
  /** No limit without one. */
  readonly limit?: number
}

export interface MetricQuery {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  /** Only metrics with values from this minute on. */
  readonly activeSince?: number | undefined
  /** Only metrics that were stored first after this one. */
  readonly afterId: number
  readonly limit: number
}

export interface StoredMetric extends MetricKey {
  readonly id: number
}

export interface MetricStore {
  /** All or none; kept when it returns. What a minute already has is added to. */
  put(samples: readonly NewSample[]): void
  /** Put together by periods, in the order of their minutes; of a period without values there is none. */
  samples(metric: MetricKey, query: SampleQuery): readonly Sample[]
  /** As `samples`; periods of which not all single values are known are left out. Of many values, nearly the same. */
  values(metric: MetricKey, query: SampleQuery): readonly PeriodValues[]
  /** In the order in which they were stored first. */
  metrics(query: MetricQuery): readonly StoredMetric[]
}

/** Metrics in SQLite, two rows for each metric, minute and unit: it grows with time, not with the number of values. */
export function sqliteMetricStore(database: SqliteDatabase): MetricStore {
  database.exec(tables)
  const statements = prepare(database)
  const insert = database.transaction((samples: readonly NewSample[]) => {
    for (const { metric, minute, unit, count, sum, minimum, maximum, values } of samples) {
      const key = [metric.namespace, metric.name, dimensionsText(metric.dimensions)] as const
      statements.insertMetric.run(...key)
      const id = statements.metricId.get(...key) ?? 0
      statements.addSample.run(id, minute, unit, count, sum, minimum, maximum)
      if (values === undefined) continue
      const known = distributionOf(statements.valuesOf.get(id, minute, unit) ?? null)
      statements.setValues.run(id, minute, unit, JSON.stringify(joined(known, values)))
    }
  })

  return {
    put: (samples) => {
      insert.immediate(samples)
    },
    samples({ namespace, name, dimensions }, query) {
      const id = statements.metricId.get(namespace, name, dimensionsText(dimensions))
      if (id === undefined) return []
      const { from, to, periodMinutes, unit = null, units, order, limit = -1 } = query
      const isApart = units === 'apart' ? 1 : 0
      return statements[order].all({ id, from, to, period: periodMinutes, unit, isApart, limit })
    },
    values({ namespace, name, dimensions }, query) {
      const id = statements.metricId.get(namespace, name, dimensionsText(dimensions))
      if (id === undefined) return []
      const { from, to, unit = null, order, limit } = query
      const periods = byPeriod(statements.minutes.all({ id, from, to, unit }), query)
      if (order === 'descending') periods.reverse()
      return periods.slice(0, limit)
    },
    metrics({ namespace = null, name = null, activeSince = null, afterId, limit }) {
      return statements.metrics.all({ namespace, name, activeSince, afterId, limit }).map(metricOf)
    },
  }
}

const tables = `
  CREATE TABLE IF NOT EXISTS metrics (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, dimensions TEXT NOT NULL,
    UNIQUE (namespace, name, dimensions)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS metric_minutes (
    metric INTEGER NOT NULL REFERENCES metrics (id), minute INTEGER NOT NULL, unit TEXT NOT NULL,
    count REAL NOT NULL, sum REAL NOT NULL, minimum REAL NOT NULL, maximum REAL NOT NULL,
    PRIMARY KEY (metric, minute, unit)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS metric_values (
    metric INTEGER NOT NULL REFERENCES metrics (id), minute INTEGER NOT NULL, unit TEXT NOT NULL,
    distribution TEXT NOT NULL,
    PRIMARY KEY (metric, minute, unit)
  ) STRICT, WITHOUT ROWID;
`

interface MetricRow {
  readonly id: number
  readonly namespace: string
  readonly name: string
  readonly dimensions: string
}

interface QueryRow {
  readonly namespace: string | null
  readonly name: string | null
  readonly activeSince: number | null
  readonly afterId: number
  readonly limit: number
}

interface SampleRow extends Pick<SampleQuery, 'from' | 'to'> {
  readonly id: number
  readonly period: number
  readonly unit: string | null
  readonly isApart: number
  readonly limit: number
}

interface MinuteRow extends Pick<Sample, 'minute' | 'unit' | 'count'> {
  /** `[[0.25,3],[0.5,1]]`; null when no single value is known. */
  readonly distribution: string | null
}

/** Parameters arrive as floating point numbers, whose division would not be whole. */
const samplesBy = (direction: 'ASC' | 'DESC') => `
  SELECT
    minute - (minute - CAST(:from AS INTEGER)) % CAST(:period AS INTEGER) AS minute, min(unit) AS unit,
    sum(count) AS count, sum(sum) AS sum, min(minimum) AS minimum, max(maximum) AS maximum
  FROM metric_minutes
  WHERE metric = :id AND minute >= :from AND minute < :to AND (:unit IS NULL OR unit = :unit)
  GROUP BY 1, CASE WHEN :isApart THEN unit END
  ORDER BY 1 ${direction}, 2 LIMIT :limit`

function prepare(database: SqliteDatabase) {
  type Key = [namespace: string, name: string, dimensions: string]
  return {
    insertMetric: database.prepare<Key>(
      'INSERT OR IGNORE INTO metrics (namespace, name, dimensions) VALUES (?, ?, ?)',
    ),
    metricId: database
      .prepare<Key, number>('SELECT id FROM metrics WHERE namespace = ? AND name = ? AND dimensions = ?')
      .pluck(),
    addSample: database.prepare<[number, number, string, number, number, number, number]>(
      `INSERT INTO metric_minutes VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        count = count + excluded.count, sum = sum + excluded.sum,
        minimum = min(minimum, excluded.minimum), maximum = max(maximum, excluded.maximum)`,
    ),
    valuesOf: database
      .prepare<[number, number, string], string>(
        'SELECT distribution FROM metric_values WHERE metric = ? AND minute = ? AND unit = ?',
      )
      .pluck(),
    setValues: database.prepare<[number, number, string, string]>(
      'INSERT OR REPLACE INTO metric_values VALUES (?, ?, ?, ?)',
    ),
    minutes: database.prepare<[Pick<SampleRow, 'id' | 'from' | 'to' | 'unit'>], MinuteRow>(
      `SELECT minute, unit, count, distribution FROM metric_minutes LEFT JOIN metric_values USING (metric, minute, unit)
        WHERE metric = :id AND minute >= :from AND minute < :to AND (:unit IS NULL OR unit = :unit)
        ORDER BY minute, unit`,
    ),
    ascending: database.prepare<[SampleRow], Sample>(samplesBy('ASC')),
    descending: database.prepare<[SampleRow], Sample>(samplesBy('DESC')),
    metrics: database.prepare<[QueryRow], MetricRow>(
      `SELECT id, namespace, name, dimensions FROM metrics
        WHERE id > :afterId AND (:namespace IS NULL OR namespace = :namespace)
          AND (:name IS NULL OR name = :name)
          AND (:activeSince IS NULL
            OR EXISTS (SELECT 1 FROM metric_minutes WHERE metric = id AND minute >= :activeSince))
        ORDER BY id LIMIT :limit`,
    ),
  }
}

/** Periods of which some values are not known are left out. */
function byPeriod(minutes: readonly MinuteRow[], query: SampleQuery): PeriodValues[] {
  const periods = new Map<string, MinuteRow[]>()
  for (const row of minutes) {
    const minute = row.minute - ((row.minute - query.from) % query.periodMinutes)
    const key = query.units === 'apart' ? `${minute} ${row.unit}` : `${minute}`
    const rows = periods.get(key) ?? []
    periods.set(key, rows)
    rows.push({ ...row, minute })
  }
  return [...periods.values()].flatMap((rows) => {
    const values = counted(rows.flatMap(({ distribution }) => distributionOf(distribution)))
    const count = rows.reduce((sum, row) => sum + row.count, 0)
    const [first] = rows
    // Counts may be fractions, of which sums differ in their last digits.
    const isWhole = Math.abs(countOf(values) - count) <= count * 1e-9
    return first && isWhole ? [{ minute: first.minute, unit: first.unit, values }] : []
  })
}

function distributionOf(text: string | null): Distribution {
  return text === null ? [] : JSON.parse(text)
}

/** `[["TrainingJobName","mnist"]]`, sorted by name. */
function dimensionsText(dimensions: readonly Dimension[]): string {
  const pairs = dimensions.map(({ name, value }) => [name, value] as const)
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function metricOf({ id, namespace, name, dimensions }: MetricRow): StoredMetric {
  const pairs: readonly (readonly [string, string])[] = JSON.parse(dimensions)
  return { id, namespace, name, dimensions: pairs.map(([name, value]) => ({ name, value })) }
}
