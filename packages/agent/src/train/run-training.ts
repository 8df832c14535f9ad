import { join } from 'node:path'
import { bringChannels } from '../channels/bring-channels.ts'
import type { OpenPipes } from '../channels/pipes/open-pipes.ts'
import { syncFolders } from '../checkpoints/sync-folders.ts'
import { algorithmError, reasonOf } from '../failure-reason.ts'
import { type Host, Interruption, interruptedOutcome, type Outcome } from '../host/host.ts'
import { hostFiles } from '../host/host-files.ts'
import type { TrainPlan } from '../plan/host-plan.ts'
import { storeArtifacts } from './artifacts.ts'
import { type JobProgram, jobProgram } from './job-program.ts'
import { layoutAt } from './ml-folder/layout.ts'
import { makeFolders } from './ml-folder/make-folders.ts'

/**
 * One host of a training job: /opt/ml is made, the data brought, the script run, its artifacts stored, also
 * when it failed, but not when its machine is taken away. Throws HostFailure for what keeps the script from
 * being started at all or its files from being stored.
 */
export async function runTraining(plan: TrainPlan, host: Host): Promise<Outcome> {
  const layout = layoutAt(join(host.config.directory, hostFiles.ml))
  await makeFolders(plan, layout)
  const program = await jobProgram(plan, layout, host)

  await host.report.running('downloading')
  await using channels = await bringChannels(plan, {
    client: host.objects,
    directory: layout.data,
    local: program.isDataReadOnly ? 'link' : 'copy',
    python: program.python,
    signal: host.stop,
  })

  const synced = await syncFolders(plan, host, layout.root)

  const { environment } = program
  await host.report.running('training', environment === undefined ? {} : { message: environment })
  const end = await runProgram(program, channels, host)
  const outcome = environment === undefined ? end : { ...end, environment }
  const unsynced = await failureOf(synced.finish())
  if (host.stop.reason instanceof Interruption) return interruptedOutcome

  await host.report.running('uploading')
  const { outputUri, uncompressedModel = false } = plan
  const target = { client: host.objects, outputUri, uncompressedModel, note: host.log.note }
  const unstored = await failureOf(storeArtifacts(layout, target))
  const failure = unstored ?? unsynced
  // A program that failed has said why: a full disk, for one, is behind both.
  if (failure && outcome.exitCode === 0) throw failure.error
  if (failure) host.log.note(reasonOf(failure.error))
  return outcome
}

/** Never rejects: what the program left is stored, whatever became of it. */
async function runProgram(program: JobProgram, channels: OpenPipes, host: Host): Promise<Outcome> {
  const outcome = await program.run(channels.lost).catch((error: unknown): Outcome => {
    const reason = reasonOf(error)
    host.log.note(reason)
    return { exitCode: 1, reason }
  })
  if (channels.lost.aborted) return { exitCode: 1, reason: reasonOf(channels.lost.reason) }
  return withCorruption(outcome, channels, host)
}

const failureOf = (work: Promise<void>): Promise<{ readonly error: unknown } | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )

const searchMilliseconds = 60_000

/** The outcome, with the object named that broke the program's data, if that can be found in time. */
async function withCorruption(outcome: Outcome, channels: OpenPipes, host: Host): Promise<Outcome> {
  const { reason } = outcome
  if (reason === undefined || host.stop.aborted) return outcome
  const signal = AbortSignal.any([host.stop, AbortSignal.timeout(searchMilliseconds)])
  const found = await channels.corruption(reason, signal).catch(() => undefined)
  if (found === undefined) return outcome
  host.log.note(found)
  const text = reason.replace(/^AlgorithmError: /, '').replace(/, exit code: 1$/, '')
  return { ...outcome, reason: algorithmError(`${found}\n${text}`) }
}
