import { readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentConfig } from './config.ts'
import { messageOf, reasonOf } from './failure-reason.ts'
import { claimHost } from './host/claim.ts'
import { type Host, Interruption, interruptedOutcome, type Outcome } from './host/host.ts'
import { hostFiles } from './host/host-files.ts'
import { reporter } from './host/report.ts'
import { logsClient, shipLogs } from './logs/log-shipper.ts'
import { openOutputLog } from './logs/output-log.ts'
import { isDiskFull } from './machine/full-disk.ts'
import { withMetrics } from './metrics/with-metrics.ts'
import { objectsClient } from './objects/objects-client.ts'
import type { HostPlan } from './plan/host-plan.ts'
import { parseHostPlan } from './plan/parse-host-plan.ts'

export interface RunOptions extends Pick<Host, 'machine' | 'stop'> {
  /** Rejects with an error that nobody caught: the run is over then. */
  readonly crash: Promise<never>
}

/**
 * Runs the plan in the host's folder, from the claim to the last report. When another agent has claimed it,
 * does nothing. `stop` asks the run to end: programs get their grace, artifacts are still stored. Once the
 * folder is claimed, rejects only when the last report cannot be written.
 */
export async function runHost(config: AgentConfig, { machine, stop, crash }: RunOptions): Promise<void> {
  if (!(await claimHost(config.directory))) return
  const report = reporter(config.directory, () => new Date())
  const outcome = await Promise.race([runClaimed({ config, report, machine, stop }), crash]).catch(outcomeOf)
  const tell = (): Promise<void> => report.exited(outcome)
  await tell().catch(async () => {
    // On a full disk the last word needs the room that the job's files and its log take.
    await removeFiles(config)
    await truncate(join(config.directory, hostFiles.output))
    await tell()
  })
}

async function runClaimed(claimed: Omit<Host, 'log' | 'objects'>): Promise<Outcome> {
  const { config } = claimed
  await claimed.report.running('preparing')
  const plan = parseHostPlan(await readFile(join(config.directory, hostFiles.plan), 'utf8'))
  using log = openOutputLog(config.directory)
  const connection = { endpoint: plan.endpoint, region: plan.region, credentials: config.credentials }
  const shipper = shipLogs({
    client: logsClient(connection),
    path: join(config.directory, hostFiles.output),
    stream: plan.logStream,
  })
  const host: Host = { ...claimed, log, objects: objectsClient(connection) }
  const outcome = await runPlan(plan, host).catch((error: unknown) => {
    const end = claimed.stop.reason instanceof Interruption ? interruptedOutcome : outcomeOf(error)
    log.note(end.reason ?? '')
    return end
  })
  // What was to be kept of its files is stored, and the log needs their room.
  if (plan.kind === 'train' && (await isDiskFull(config.directory))) await removeFiles(config)
  await shipper.finish().catch((error: unknown) => {
    log.note(`the log could not be stored: ${messageOf(error)}`)
  })
  return outcome
}

/** The clearing of the host would do the same. */
async function removeFiles({ directory }: AgentConfig): Promise<void> {
  for (const files of [hostFiles.ml, hostFiles.synced])
    await rm(join(directory, files), { recursive: true, force: true }).catch(() => {})
}

/** Only what the plan's kind needs is loaded: an endpoint must be up soon. */
async function runPlan(plan: HostPlan, host: Host): Promise<Outcome> {
  if (plan.kind === 'train') {
    const { runTraining } = await import('./train/run-training.ts')
    return withMetrics(plan, host, () => runTraining(plan, host))
  }
  const { runServing } = await import('./serve/run-serving.ts')
  return runServing(plan, host)
}

function outcomeOf(error: unknown): Outcome {
  return { exitCode: 1, reason: reasonOf(error) }
}
