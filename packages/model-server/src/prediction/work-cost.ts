/**
 * What answering a small request has cost lately, in microseconds. It follows what takes less at once and what takes
 * more in small steps: on a busy machine many a request is held up, which says nothing about the model.
 */
export class WorkCost {
  private average: number | undefined
  private readonly isPredictable: boolean

  /** Where what is asked decides how long it takes, nothing that has been measured says anything. */
  constructor({ isPredictable = true }: { readonly isPredictable?: boolean } = {}) {
    this.isPredictable = isPredictable
  }

  /** Undefined: never measured. */
  get expectedMicros(): number | undefined {
    return this.average
  }

  observe(micros: number): void {
    if (!this.isPredictable) return
    const average = this.average ?? micros
    const change = micros - average
    this.average = average + (change < 0 ? change / 4 : Math.min(change, average) / 32)
  }
}
