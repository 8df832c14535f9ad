import type { Loader, Servable } from '../servable.ts'
import type { ServerMetrics } from './server-metrics.ts'
import { versionMeter } from './version-meter.ts'

/** Counts attempts to load, and how long those took that succeeded. */
export function countedLoads({ id, load }: Loader, directory: string, metrics: ServerMetrics): Loader {
  return { id, load: loadCounted }

  async function loadCounted(): Promise<Servable> {
    const started = performance.now()
    try {
      const servable = await load()
      metrics.loadAttemptCount.cell(directory, 'success').value++
      metrics.loadLatency.cell(directory).value += Math.round((performance.now() - started) * 1000)
      return servable
    } catch (error) {
      metrics.loadAttemptCount.cell(directory, 'fail').value++
      throw error
    }
  }
}

/** Gives what is loaded a meter, and takes the version's histograms away when it is unloaded. */
export function meteredLoader({ id, load }: Loader, metrics: ServerMetrics): Loader {
  return { id, load: loadMetered }

  async function loadMetered(): Promise<Servable> {
    const loaded = await load()
    const meter = versionMeter(id, metrics)
    return {
      ...loaded,
      meter,
      ...(loaded.shared && { shared: { ...loaded.shared, isMetered: true } }),
      async [Symbol.asyncDispose]() {
        await loaded[Symbol.asyncDispose]()
        meter[Symbol.dispose]()
      },
    }
  }
}
