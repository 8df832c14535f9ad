import { type ExponentialBuckets, Histogram } from './histogram.ts'

/** What one combination of label values counts: kept by whoever counts, so that counting looks nothing up. */
export class Counter {
  value = 0
}

/** All cells of one metric. `cell` makes the one for these label values, in the labels' order, at its first call. */
export interface MetricFamily<Cell> {
  cell(...labelValues: readonly string[]): Cell
  /** Forgets a cell: its values are gone from the next answer on. */
  remove(...labelValues: readonly string[]): void
}

export interface MetricName {
  readonly name: string
  readonly labels: readonly string[]
  /** One line for people; TensorFlow Serving's metrics have none. */
  readonly help?: string
}

/** Metrics in the order in which they were made, and their text for Prometheus. */
export class MetricRegistry {
  private readonly writers: (() => string)[] = []

  counter(name: MetricName): MetricFamily<Counter> {
    return this.family(name, 'counter', {
      make: () => new Counter(),
      write: (metric, labels, { value }) => sample(metric, labels, value),
    })
  }

  histogram(name: MetricName, buckets: ExponentialBuckets): MetricFamily<Histogram> {
    return this.family(name, 'histogram', { make: () => new Histogram(buckets), write: histogramText })
  }

  /** A metric that is read when it is asked for: by label values, in the labels' order. */
  read(
    type: 'gauge' | 'counter',
    name: MetricName,
    values: () => Iterable<readonly [readonly string[], number]>,
  ): void {
    this.writers.push(() => {
      const samples = [...values()].map(([labels, value]) =>
        sample(name.name, labelText(name.labels, labels), value),
      )
      return samples.length === 0 ? '' : head(name, type) + samples.join('')
    })
  }

  /** Prometheus' text format, version 0.0.4. */
  text(): string {
    return this.writers.map((write) => write()).join('')
  }

  private family<Cell>(
    name: MetricName,
    type: string,
    how: {
      readonly make: () => Cell
      readonly write: (metric: string, labels: string, cell: Cell) => string
    },
  ): MetricFamily<Cell> {
    const cells = new Map<string, Cell>()
    this.writers.push(() => {
      if (cells.size === 0) return ''
      const samples = [...cells].map(([labels, cell]) => how.write(name.name, labels, cell))
      return head(name, type) + samples.join('')
    })
    return {
      cell(...values) {
        const labels = labelText(name.labels, values)
        const known = cells.get(labels)
        if (known) return known
        const cell = how.make()
        cells.set(labels, cell)
        return cell
      },
      remove: (...values) => void cells.delete(labelText(name.labels, values)),
    }
  }
}

function head({ name, help }: MetricName, type: string): string {
  const helpLine = help === undefined ? '' : `# HELP ${name} ${help}\n`
  return `${helpLine}# TYPE ${name} ${type}\n`
}

/** `model_name="m",status="OK"`. */
const labelText = (labels: readonly string[], values: readonly string[]): string =>
  labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`).join(',')

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const sample = (metric: string, labels: string, value: number): string => `${metric}{${labels}} ${value}\n`

function histogramText(metric: string, labels: string, { bounds, counts, sum }: Histogram): string {
  const before = labels === '' ? '' : `${labels},`
  let total = 0
  let text = ''
  for (const [index, count] of counts.entries()) {
    total += count
    const bound = bounds[index]
    text += sample(
      `${metric}_bucket`,
      `${before}le="${bound === undefined ? '+Inf' : shortNumber(bound)}"`,
      total,
    )
  }
  return text + sample(`${metric}_sum`, labels, sum) + sample(`${metric}_count`, labels, total)
}

/** Six digits as C's `%g` writes them, so that bounds read as TensorFlow Serving's. */
export function shortNumber(value: number): string {
  const isTiny = value !== 0 && Math.abs(value) < 1e-4
  const [digits = '', exponent] = (isTiny ? value.toExponential(5) : value.toPrecision(6)).split('e')
  const short = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
  return exponent === undefined ? short : `${short}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}
