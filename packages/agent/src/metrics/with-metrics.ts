import { join } from 'node:path'
import type { Host, Outcome } from '../host/host.ts'
import { hostFiles } from '../host/host-files.ts'
import type { TrainPlan } from '../plan/host-plan.ts'

/**
 * Runs a training job, and looks in all that it prints for the metrics that its plan defines; their last values come with
 * the outcome. Throws what `run` throws, once the metrics so far are stored.
 */
export async function withMetrics(
  plan: TrainPlan,
  host: Host,
  run: () => Promise<Outcome>,
): Promise<Outcome> {
  const definitions = plan.metricDefinitions ?? []
  if (definitions.length === 0) return run()
  const { metricsClient, shipMetrics } = await import('./metric-shipper.ts')
  const { scrapeMetrics } = await import('./definitions/scrape-metrics.ts')
  const { endpoint, region } = plan
  const client = metricsClient({ endpoint, region, credentials: host.config.credentials })
  const scraper = scrapeMetrics({
    path: join(host.config.directory, hostFiles.output),
    definitions,
    shipper: shipMetrics({ client, trainingJob: plan.name }),
    say: host.log.note,
    now: () => new Date(),
  })
  try {
    const outcome = await run()
    return { ...outcome, metrics: await scraper.finish() }
  } catch (error) {
    await scraper.finish()
    throw error
  }
}
