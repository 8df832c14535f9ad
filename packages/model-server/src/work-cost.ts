/** What answering a small request has cost lately, in microseconds: a moving average, so that first slow ones are forgotten. */
export class WorkCost {
  private average: number | undefined

  /** Undefined: never measured. */
  get expectedMicros(): number | undefined {
    return this.average
  }

  observe(micros: number): void {
    this.average = this.average === undefined ? micros : this.average + (micros - this.average) / 8
  }
}
