import { chmod } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { algorithmError, HostFailure, stoppedReason } from '../../failure-reason.ts'
import type { Outcome } from '../../host/host.ts'
import { readFailure, writeFailure, writeSuccess } from '../ml-folder/ending-files.ts'
import { type ProgramOutcome, runToEnd } from '../program/run-to-end.ts'
import type { Training } from '../training.ts'
import { entryKind, printedCommand } from './code/entry-point.ts'
import { installCode } from './code/install-code.ts'
import { fetchSourceCode, isFile } from './code/source-code.ts'
import { errorMessage, scriptFailure } from './ending/failure.ts'
import { failureHints } from './ending/failure-hints.ts'
import { listFiles } from './ending/list-files.ts'
import { modelHints } from './ending/model-hints.ts'
import { readHyperParameters } from './hyper-parameters/hyper-parameters.ts'
import { type Invocation, invocationOf, type Script } from './invocation.ts'
import { type Level, toolkitLine } from './toolkit-log.ts'

/**
 * What the training toolkit does inside a container, in its order: the user's code is brought and installed,
 * the script run, its end written down. Throws HostFailure when the script cannot be started.
 */
export async function runToolkit(training: Training): Promise<Outcome> {
  const { host } = training
  say(training, 'INFO', 'Imported framework sagemaker_tensorflow_container.training')
  const script = await bringScript(training)
  const invocation = await invocationOf(training, script)
  say(training, 'INFO', invocation.text)
  const end = await runScript(training, script, invocation)
  if (host.stop.aborted && end.exitCode !== 0) return { exitCode: end.exitCode, reason: stoppedReason }
  return end.exitCode === 0 ? succeeded(training, script) : failed(training, invocation, end)
}

/** Source: toolkit, `environment.py`; the job's own `SAGEMAKER_PROGRAM` wins over the hyperparameter. */
async function bringScript(training: Training): Promise<Script> {
  const { plan, host, layout } = training
  const hyperParameters = readHyperParameters(plan.hyperParameters, plan.name)
  const { program, submitDirectory } = hyperParameters.toolkit
  const entryPoint = plan.environment.SAGEMAKER_PROGRAM ?? program
  if (entryPoint === undefined)
    throw frameworkError('there is no program to run: the hyperparameter sagemaker_program is missing')
  if (submitDirectory !== undefined)
    await fetchSourceCode(submitDirectory, { client: clientOf(training), layout, signal: host.stop })
  const isMpi = ['sagemaker_mpi_enabled', 'sagemaker_distributed_dataparallel_enabled'].some(
    (name) => hyperParameters.framework.get(name) === true,
  )
  if (isMpi)
    say(training, 'WARNING', 'MPI is not run here: there is one process of the script, and no other ranks.')
  const kind = entryKind(entryPoint, await isPackage(layout.code, entryPoint))
  return { entryPoint, kind, hyperParameters, python: await installCode(training, kind) }
}

/**
 * The toolkit looks for a setup.py alone. Beside a script, pyproject.toml is most often a linter's; without one it is
 * the package's own.
 */
async function isPackage(code: string, entryPoint: string): Promise<boolean> {
  if (await isFile(join(code, 'setup.py'))) return true
  return !(await isFile(join(code, entryPoint))) && isFile(join(code, 'pyproject.toml'))
}

/** A container without a network could not reach S3 either. */
const clientOf = ({ plan, host }: Training) => (plan.isIsolated ? undefined : host.objects)

async function runScript(
  training: Training,
  { entryPoint, kind }: Script,
  { command, environment }: Invocation,
): Promise<ProgramOutcome> {
  const { host, layout, root } = training
  host.stop.throwIfAborted()
  const path = join(layout.code, entryPoint)
  const isInside = !relative(layout.code, path).startsWith('..')
  if ((kind === 'program' || kind === 'command') && !(isInside && (await isFile(path)))) {
    const seen = join(root.layout.code, entryPoint)
    const output = `FileNotFoundError: can't open file '${seen}': No such file or directory`
    host.log.line(output)
    return { exitCode: 2, output }
  }
  if (kind === 'command') await chmod(path, 0o777)
  return runToEnd(training, command, environment)
}

async function succeeded(training: Training, { hyperParameters }: Script): Promise<Outcome> {
  const { layout, root } = training
  await writeSuccess(layout)
  const files = await listFiles(layout.model)
  for (const hint of modelHints(files, root.layout.model, hyperParameters.user.get('model_dir')))
    say(training, 'WARNING', hint)
  say(training, 'INFO', 'Reporting training SUCCESS')
  return { exitCode: 0 }
}

/** The container ends with 1, whatever the script ended with. */
async function failed(training: Training, { command }: Invocation, end: ProgramOutcome): Promise<Outcome> {
  const { layout, plan } = training
  const channels = plan.channels.map(({ name }) => name)
  for (const hint of failureHints(end.output, channels)) say(training, 'WARNING', hint)
  const printed = printedCommand(command)
  const text = scriptFailure(end, printed)
  say(training, 'ERROR', 'Reporting training FAILURE')
  // Its last line is in the log already: to repeat that would tell the metrics in it twice.
  say(training, 'ERROR', scriptFailure(end, printed, errorMessage(end.output)))
  await writeFailure(layout, text)
  return { exitCode: 1, reason: algorithmError((await readFailure(layout)) ?? text) }
}

function frameworkError(text: string): HostFailure {
  return new HostFailure(algorithmError(`framework error: \n${text}`))
}

function say({ host }: Training, level: Level, text: string): void {
  host.log.line(toolkitLine(level, text, new Date()))
}
