/** Up to this many bytes in its body a request costs what its run costs; a larger one costs by its size. */
export const smallBodyBytes = 32 * 1024

/**
 * What answering a request has cost lately, in microseconds. It follows what takes less at once and what takes
 * more in small steps: on a busy machine many a request is held up, which says nothing about the model.
 */
export class WorkCost {
  private small: number | undefined
  private largePerByte: number | undefined
  private readonly isPredictable: boolean

  /** Where what is asked decides how long it takes, nothing that has been measured says anything. */
  constructor({ isPredictable = true }: { readonly isPredictable?: boolean } = {}) {
    this.isPredictable = isPredictable
  }

  /** Of a small request. Undefined: never measured. */
  get expectedMicros(): number | undefined {
    return this.small
  }

  expectedMicrosOf(bodyBytes: number): number | undefined {
    if (bodyBytes <= smallBodyBytes) return this.small
    return this.largePerByte === undefined ? undefined : this.largePerByte * bodyBytes
  }

  observe(micros: number, bodyBytes = 0): void {
    if (!this.isPredictable) return
    if (bodyBytes <= smallBodyBytes) this.small = followed(this.small, micros)
    else this.largePerByte = followed(this.largePerByte, micros / bodyBytes)
  }
}

function followed(before: number | undefined, latest: number): number {
  const average = before ?? latest
  const change = latest - average
  return average + (change < 0 ? change / 4 : Math.min(change, average) / 32)
}
