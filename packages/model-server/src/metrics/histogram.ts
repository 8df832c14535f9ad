/** The bounds scale, scale·growth, scale·growth², … and infinity behind them. */
export interface ExponentialBuckets {
  readonly scale: number
  readonly growth: number
  readonly count: number
}

/** Counts values by size. What is observed costs a logarithm and two additions. */
export class Histogram {
  /** Upper bounds, each counted in itself. */
  readonly bounds: Float64Array
  /** Of each bucket alone; the last holds what is above all bounds. */
  readonly counts: Float64Array
  sum = 0
  private readonly scale: number
  private readonly perLog: number

  constructor({ scale, growth, count }: ExponentialBuckets) {
    this.bounds = Float64Array.from({ length: count }, (_, index) => scale * growth ** index)
    this.counts = new Float64Array(count + 1)
    this.scale = scale
    this.perLog = 1 / Math.log(growth)
  }

  /** Values below zero, which clocks that go back would make, count as zero. */
  observe(value: number): void {
    const counted = value > 0 ? value : 0
    this.sum += counted
    const index = this.bucketOf(counted)
    this.counts[index] = (this.counts[index] ?? 0) + 1
  }

  private bucketOf(value: number): number {
    if (value <= this.scale) return 0
    const { length } = this.bounds
    const index = Math.min(Math.ceil(Math.log(value / this.scale) * this.perLog), length)
    // The logarithm of a bound may come out on either side of it.
    if (value <= (this.bounds[index - 1] ?? 0)) return index - 1
    return value > (this.bounds[index] ?? Number.POSITIVE_INFINITY) ? index + 1 : index
  }
}
