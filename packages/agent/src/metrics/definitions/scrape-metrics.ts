import type { FinalMetric } from '../../host/host-files.ts'
import { followLines } from '../../logs/follow-lines.ts'
import { messageBytes } from '../../logs/log-batches.ts'
import type { MetricDefinition } from '../../plan/host-plan.ts'
import type { MetricShipper } from '../metric-shipper.ts'
import { lineSearch } from './search-lines.ts'

export interface ScrapeOptions {
  readonly path: string
  readonly definitions: readonly MetricDefinition[]
  readonly shipper: MetricShipper
  readonly say: (line: string) => void
  readonly now: () => Date
  /** How long a log that is far behind may still be searched once the job has ended; 30 s. */
  readonly patienceMilliseconds?: number
}

export interface MetricScraper {
  /**
   * Searches the rest of the file. Resolves with the last value of each metric, in the order of the definitions, once
   * all values are stored or given up. Never rejects: no job fails by its metrics.
   */
  finish(): Promise<readonly FinalMetric[]>
}

/** Values are told by the minute: what takes a second to be seen is still in time. */
const chunkBytes = 256 * 1024

/** Follows a file, and ships each value that a metric definition finds in it. */
export function scrapeMetrics(options: ScrapeOptions): MetricScraper {
  const { definitions, shipper, say, patienceMilliseconds = 30_000 } = options
  const ended = new AbortController()
  const latest = new Map<string, FinalMetric>()
  let deadline = Number.POSITIVE_INFINITY
  const scraping = scrape(options, ended.signal, { latest, isLate: () => Date.now() > deadline })
  const told = scraping.catch((error: unknown) => say(`metrics could not be read: ${reason(error)}`))
  return {
    async finish() {
      deadline = Date.now() + patienceMilliseconds
      ended.abort()
      await told
      await shipper.finish().catch((error: unknown) => say(`metrics could not be stored: ${reason(error)}`))
      const names = new Set(definitions.map(({ name }) => name))
      return [...names].flatMap((name) => latest.get(name) ?? [])
    },
  }
}

interface Progress {
  readonly latest: Map<string, FinalMetric>
  readonly isLate: () => boolean
}

async function scrape(options: ScrapeOptions, ended: AbortSignal, progress: Progress): Promise<void> {
  const { path, definitions, shipper, say, now } = options
  const search = lineSearch(definitions, say)
  for await (const lines of followLines({ path, lineLimitBytes: messageBytes, chunkBytes, ended })) {
    if (progress.isLate()) {
      say('the end of the log is not searched for metrics: there is too much of it')
      return
    }
    const at = now()
    const found = await search.search(lines)
    shipper.add(found, at)
    for (const { name, value } of found) progress.latest.set(name, { name, value, at: at.toISOString() })
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
