export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly message: string
}

/** Source: CloudWatch Logs `PutLogEvents`: 26 bytes are counted for each event beside its text. */
export const logLimits = {
  events: 10_000,
  batchBytes: 1_048_576,
  eventBytes: 262_144,
  overheadBytes: 26,
} as const

/** Most bytes of one event's text. */
export const messageBytes = logLimits.eventBytes - logLimits.overheadBytes

/**
 * Lines in order → lists that one call takes each. An empty line becomes a blank: the service refuses none at
 * all.
 */
export function batchLines(lines: readonly string[]): string[][] {
  const batches: string[][] = []
  let batch: string[] = []
  let bytes = 0
  for (const line of lines) {
    const message = line === '' ? ' ' : line
    const size = Buffer.byteLength(message) + logLimits.overheadBytes
    if (batch.length === logLimits.events || bytes + size > logLimits.batchBytes) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(message)
    bytes += size
  }
  return batch.length > 0 ? [...batches, batch] : batches
}
