import { ownAlgorithmError, stoppedReason } from '../../failure-reason.ts'
import type { Outcome } from '../../host/host.ts'
import { readFailure } from '../ml-folder/ending-files.ts'
import { wordsOf } from '../toolkit/ending/failure.ts'
import type { ProgramOutcome, Surroundings } from './run-to-end.ts'

/**
 * How a program ended that no training toolkit stands around: with its own exit code, and the reason that it wrote to
 * `/opt/ml/output/failure` or else printed.
 */
export async function ownOutcome(
  { host, layout }: Pick<Surroundings, 'host' | 'layout'>,
  { exitCode, output, failedFor }: ProgramOutcome,
): Promise<Outcome> {
  if (exitCode === 0) return { exitCode }
  if (host.stop.aborted) return { exitCode, reason: stoppedReason }
  const killed = failedFor ?? (exitCode === 137 ? 'OutOfMemory: Process killed by SIGKILL (signal 9)' : '')
  const words =
    (await readFailure(layout)) ?? [wordsOf({ exitCode, output }), killed].filter(Boolean).join('\n')
  return { exitCode, reason: ownAlgorithmError(words, exitCode) }
}
