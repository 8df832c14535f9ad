import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithmError, HostFailure } from '../../failure-reason.ts'
import { Interruption } from '../../host/host.ts'
import { hostFiles } from '../../host/host-files.ts'
import { isDiskFull } from '../../machine/full-disk.ts'
import { breachText } from '../../process/fence/fence.ts'
import { StartError, startProgram } from '../../process/program.ts'
import type { ProgramCall } from '../../process/shell-variables.ts'
import { keepVariables } from '../../process/shell-variables.ts'
import type { Training } from '../training.ts'
import { outputTail } from './output-tail.ts'

export interface ProgramOutcome {
  readonly exitCode: number
  /** The last part of what it printed. */
  readonly output: string
  /** Why it was killed or could not go on, where that is known. */
  readonly failedFor?: string
}

/** What a program runs in. */
export type Surroundings = Pick<Training, 'plan' | 'host' | 'layout' | 'root' | 'dataLost' | 'fence'>

/**
 * Runs a command in the job's root, in the code's folder, its output going to the host's log. When the host
 * is asked to stop, it gets SIGTERM and the plan's grace. Throws HostFailure for arguments and variables that no program
 * can get, StartError, and Error when the root cannot be made.
 */
export async function runToEnd(
  { plan, host, layout, root, dataLost, fence }: Surroundings,
  command: ProgramCall,
  environment: Readonly<Record<string, string>>,
): Promise<ProgramOutcome> {
  const logPath = join(host.config.directory, hostFiles.output)
  const { size } = await stat(logPath)
  const program = await startProgram({
    ...root.enter(keepVariables(command, environment)),
    directory: layout.code,
    environment,
    output: host.log.descriptor,
    fence,
  }).catch((error: unknown) => Promise.reject(usersFault(error) ?? error))
  const stop = (): void => {
    if (!(host.stop.reason instanceof Interruption)) host.report.running('stopping')
    else host.log.note(`the machine is taken away; ${plan.stopGraceSeconds} s are left`)
    program.stop(plan.stopGraceSeconds)
  }
  host.stop.addEventListener('abort', stop)
  if (host.stop.aborted) stop()
  const giveUp = (): void => program.stop(lostDataGraceSeconds)
  dataLost.addEventListener('abort', giveUp)
  if (dataLost.aborted) giveUp()
  const { exitCode } = await program.ended
  host.stop.removeEventListener('abort', stop)
  dataLost.removeEventListener('abort', giveUp)
  const output = await outputTail(logPath, size)
  if (exitCode === rootFailed && output.startsWith('sagebrush: ')) throw new Error(output.trim())
  if (exitCode === 0) return { exitCode, output }
  const breach = await fence.breach()
  if (breach === undefined || plan.share === undefined) {
    // What the program said of it may not have found room either.
    const isFull = await isDiskFull(host.config.directory)
    return { exitCode, output, ...(isFull ? { failedFor: 'No space left on device' } : {}) }
  }
  const failedFor = breachText(breach, plan.share)
  host.log.note(`${failedFor} (${plan.instanceType})`)
  return { exitCode, output, failedFor }
}

/** What the job itself asked for and Linux refuses; the toolkit would fail in these words. */
function usersFault(error: unknown): HostFailure | undefined {
  const { cause } = error instanceof StartError ? error : {}
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const words =
    code === 'E2BIG'
      ? 'OSError: [Errno 7] Argument list too long: the hyperparameters and variables are too large for a program'
      : code === 'ERR_INVALID_ARG_VALUE'
        ? 'ValueError: embedded null byte in a hyperparameter or variable'
        : undefined
  if (words === undefined) return undefined
  return new HostFailure(algorithmError(`framework error: \n${words}`), { cause: error })
}

const lostDataGraceSeconds = 10

/** A private root ends with it when it cannot be made. Source: `PrivateRoot`. */
const rootFailed = 125
