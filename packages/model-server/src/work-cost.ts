/** What answering a small request has cost lately, in microseconds: a moving average, so that first slow ones are forgotten. */
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
    this.average = this.average === undefined ? micros : this.average + (micros - this.average) / 8
  }
}
