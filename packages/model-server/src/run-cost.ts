/** What runs of each signature have cost lately: a moving average, so that a model's first slow runs are forgotten. */
export class RunCost {
  private readonly microsOf = new Map<string, number>()

  expected(signature: string): number | undefined {
    return this.microsOf.get(signature)
  }

  observe(signature: string, micros: number): void {
    const before = this.microsOf.get(signature)
    this.microsOf.set(signature, before === undefined ? micros : before + (micros - before) / 8)
  }
}
