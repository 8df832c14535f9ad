import type { ServableId } from '../servable.ts'
import type { Histogram } from './histogram.ts'
import type { Counter } from './metric-families.ts'
import type { Entrypoint, RuntimeApi, StageTimes, VersionMeter } from './request-clock.ts'
import type { ServerMetrics } from './server-metrics.ts'

export interface DisposableMeter extends VersionMeter, Disposable {}

const stages = ['decode', 'queue', 'run', 'encode'] as const
type Stage = (typeof stages)[number]
type SignatureCells = Readonly<Record<Stage, Histogram>>

/** Counts the answered requests of one version. Disposing it forgets what is told of the version; the model's totals stay. */
export function versionMeter(id: ServableId, metrics: ServerMetrics): DisposableMeter {
  const version = String(id.version)
  const calls = {
    REST: new CallCells(id.model, 'REST', metrics),
    GRPC: new CallCells(id.model, 'GRPC', metrics),
  }
  const signatures = new Map<string, SignatureCells>()
  const succeeded = metrics.requestCount.cell(id.model, 'OK')
  let examples: { readonly counts: Histogram; readonly total: Counter } | undefined
  return { observe, [Symbol.dispose]: forget }

  function observe(times: StageTimes): void {
    const { decode, queue, run, encode } = times
    succeeded.value++
    const call = calls[times.entrypoint]
    call.latency(times.api).observe(decode + queue + run + encode)
    call.runtime(times.api).observe(run)
    const cells = signatures.get(times.signature) ?? newSignature(times.signature)
    cells.decode.observe(decode / 1e6)
    cells.queue.observe(queue / 1e6)
    cells.run.observe(run / 1e6)
    cells.encode.observe(encode / 1e6)
    if (times.examples > 0) observeExamples(times.examples)
  }

  function observeExamples(count: number): void {
    examples ??= {
      counts: metrics.exampleCounts.cell(id.model),
      total: metrics.exampleCountTotal.cell(id.model),
    }
    examples.counts.observe(count)
    examples.total.value += count
  }

  function newSignature(signature: string): SignatureCells {
    const cell = (stage: Stage) => metrics.stageSeconds.cell(id.model, version, signature, stage)
    const cells = { decode: cell('decode'), queue: cell('queue'), run: cell('run'), encode: cell('encode') }
    signatures.set(signature, cells)
    return cells
  }

  function forget(): void {
    for (const signature of signatures.keys())
      for (const stage of stages) metrics.stageSeconds.remove(id.model, version, signature, stage)
    signatures.clear()
  }
}

/** The latencies of one model by API, for one way in. */
class CallCells {
  private readonly latencies = new Map<RuntimeApi, Histogram>()
  private readonly runtimes = new Map<RuntimeApi, Histogram>()
  private readonly model: string
  private readonly entrypoint: Entrypoint
  private readonly metrics: ServerMetrics

  constructor(model: string, entrypoint: Entrypoint, metrics: ServerMetrics) {
    this.model = model
    this.entrypoint = entrypoint
    this.metrics = metrics
  }

  latency(api: RuntimeApi): Histogram {
    const known = this.latencies.get(api)
    if (known) return known
    // TensorFlow Serving's REST handler writes the API in small letters.
    const label = this.entrypoint === 'REST' ? api.toLowerCase() : api
    const cell = this.metrics.requestLatency.cell(this.model, label, this.entrypoint)
    this.latencies.set(api, cell)
    return cell
  }

  runtime(api: RuntimeApi): Histogram {
    const known = this.runtimes.get(api)
    if (known) return known
    const cell = this.metrics.runtimeLatency.cell(this.model, api, 'TF1')
    this.runtimes.set(api, cell)
    return cell
  }
}
