import type { BatchObserver } from '../batching/batch-scheduler.ts'
import type { Face } from '../faces/http.ts'
import type { Manager } from '../lifecycle/manager.ts'
import type { FailureWatcher } from '../prediction/failures.ts'
import type { Loader } from '../servable.ts'
import type { Histogram } from './histogram.ts'
import { countedLoads, meteredLoader } from './metered-loader.ts'
import { metricsFace } from './metrics-face.ts'
import { addModelMetrics, addProcessMetrics } from './process-metrics.ts'
import { createServerMetrics, type ServerMetrics } from './server-metrics.ts'

export const defaultMetricsPath = '/monitoring/prometheus/metrics'

/** What measuring adds to each part of a server. */
export interface Metering {
  /** Around the loader that reads the disk. */
  loads(loader: Loader, directory: string): Loader
  /** Around all other loaders, so that warm-up counts for nothing. */
  meters(loader: Loader): Loader
  readonly observeBatch: BatchObserver | undefined
  /** How long one version's warm-up took, and with what outcome. */
  warmedUp(directory: string, micros: number, status: string): void
  models(manager: Manager): void
  /** Successes are counted where they are measured. Names of no model share the empty name's cell: whoever asks must not be able to make cells. */
  readonly failed: FailureWatcher
  face(face: Face): Face
}

/** Without a path nothing is measured, and every part stays as it is. */
export function createMetering(path: string | undefined): Metering {
  if (path === undefined) return noMetering
  const metrics = createServerMetrics()
  addProcessMetrics(metrics.registry, performance.timeOrigin / 1000)
  let isServed = (_model: string): boolean => false
  return {
    loads: (loader, directory) => countedLoads(loader, directory, metrics),
    meters: (loader) => meteredLoader(loader, metrics),
    observeBatch: batchObserver(metrics),
    warmedUp: (directory, micros, status) => metrics.warmUpLatency.cell(directory, status).observe(micros),
    models(manager) {
      addModelMetrics(metrics.registry, manager)
      isServed = (model) => manager.models().includes(model)
    },
    failed(model, { code }) {
      metrics.requestCount.cell(isServed(model) ? model : '', code).value++
    },
    face: (face) => metricsFace(face, path, metrics.registry),
  }
}

const noMetering: Metering = {
  loads: (loader) => loader,
  meters: (loader) => loader,
  observeBatch: undefined,
  warmedUp: () => undefined,
  models: () => undefined,
  failed: () => undefined,
  face: (face) => face,
}

/** TensorFlow Serving's name for the threads of batches that were given none. */
const threadPoolName = 'batch_threads'

function batchObserver(metrics: ServerMetrics): BatchObserver {
  const queuing = metrics.queuingLatency.cell(threadPoolName)
  const runs = metrics.wrappedRunCount.cell()
  const rowsOf = new Map<string, Histogram>()
  return (model, { tasks, rows }, nowMicros) => {
    for (const { enqueuedMicros } of tasks) queuing.observe(nowMicros - enqueuedMicros)
    runs.value++
    const histogram = rowsOf.get(model) ?? metrics.batchRows.cell(model)
    rowsOf.set(model, histogram)
    histogram.observe(rows)
  }
}
