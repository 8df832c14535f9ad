/** As TensorFlow Serving names what runs a model. */
export type RuntimeApi = 'Predict' | 'Classify' | 'Regress' | 'MultiInference'
export type Entrypoint = 'REST' | 'GRPC'

/** Where the time of one request went, in microseconds. */
export interface StageTimes {
  readonly api: RuntimeApi
  readonly entrypoint: Entrypoint
  readonly signature: string
  /** From bytes to tensors. */
  readonly decode: number
  /** Waiting for others to join, or for a thread. */
  readonly queue: number
  readonly run: number
  /** From tensors to bytes. */
  readonly encode: number
  /** In classifications and regressions; otherwise 0. */
  readonly examples: number
}

/** Takes what the requests of one version have cost. */
export interface VersionMeter {
  observe(times: StageTimes): void
}

/** Runs with one request that is answered; to be told of each stage's end, in order. */
export class RequestClock implements StageTimes {
  readonly api: RuntimeApi
  readonly entrypoint: Entrypoint
  signature = ''
  decode = 0
  queue = 0
  run = 0
  encode = 0
  examples = 0
  private readonly meter: VersionMeter
  private lapStarted = performance.now()

  constructor(meter: VersionMeter, api: RuntimeApi, entrypoint: Entrypoint) {
    this.meter = meter
    this.api = api
    this.entrypoint = entrypoint
  }

  decoded(signature: string, examples = 0): void {
    this.signature = signature
    this.examples = examples
    this.decode = this.lap()
  }

  /** Said during the run, of which it is a part; where it is said of several pieces, the longest counts. */
  waited(micros: number): void {
    if (micros > this.queue) this.queue = micros
  }

  ran(): void {
    this.run = Math.max(this.lap() - this.queue, 0)
  }

  /** The answer is there: only now anything is counted. */
  encoded(): void {
    this.encode = this.lap()
    this.meter.observe(this)
  }

  private lap(): number {
    const now = performance.now()
    const micros = (now - this.lapStarted) * 1000
    this.lapStarted = now
    return micros
  }
}

/** Undefined, and nothing is measured, where the version has no meter. */
export const startClock = (
  { meter }: { readonly meter?: VersionMeter },
  api: RuntimeApi,
  entrypoint: Entrypoint,
): RequestClock | undefined => meter && new RequestClock(meter, api, entrypoint)
