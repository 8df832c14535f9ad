import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithmError, HostFailure, stoppedReason } from '../failure-reason.ts'
import type { Outcome } from '../host.ts'
import { hostFiles } from '../host-files.ts'
import { startProgram } from '../process/program.ts'
import { entryKind, printedCommand } from './entry-point.ts'
import { failureText } from './failure.ts'
import { readFailure, writeFailure } from './failure-file.ts'
import { readHyperParameters } from './hyper-parameters.ts'
import { installCode } from './install-code.ts'
import { type Invocation, invocationOf, type Script, type Training } from './invocation.ts'
import { listFiles } from './list-files.ts'
import { modelHints } from './model-hints.ts'
import { outputTail } from './output-tail.ts'
import { fetchSourceCode, hasSetupPy, isFile } from './source-code.ts'
import { type Level, toolkitLine } from './toolkit-log.ts'

/**
 * What the training toolkit does inside a container, in its order: the user's code is brought and installed, the
 * script run, its end written down. Throws HostFailure when the script cannot be started.
 */
export async function runToolkit(training: Training): Promise<Outcome> {
  const { host } = training
  say(training, 'INFO', 'Imported framework sagemaker_tensorflow_container.training')
  const script = await bringScript(training)
  const python = await installCode(training, script.kind)
  const invocation = await invocationOf({ ...training, python }, script)
  say(training, 'INFO', invocation.text)
  const end = await runScript(training, script, invocation)
  if (end.exitCode === 0 && !host.stop.aborted) return succeeded(training, script)
  if (host.stop.aborted) return { exitCode: end.exitCode, reason: stoppedReason }
  return failed(training, invocation, end)
}

/** Source: toolkit, `environment.py`; the job's own `SAGEMAKER_PROGRAM` wins over the hyperparameter. */
async function bringScript({ plan, host, layout }: Training): Promise<Script> {
  const hyperParameters = readHyperParameters(plan.hyperParameters, plan.name)
  const { program, submitDirectory } = hyperParameters.toolkit
  const entryPoint = plan.environment.SAGEMAKER_PROGRAM ?? program
  if (entryPoint === undefined)
    throw frameworkError('there is no program to run: the hyperparameter sagemaker_program is missing')
  if (submitDirectory !== undefined)
    await fetchSourceCode(submitDirectory, { client: host.objects, layout, signal: host.stop })
  return { entryPoint, kind: entryKind(entryPoint, await hasSetupPy(layout)), hyperParameters }
}

interface ScriptEnd {
  readonly exitCode: number
  /** The last part of what it printed. */
  readonly output: string
}

async function runScript(training: Training, script: Script, invocation: Invocation): Promise<ScriptEnd> {
  const { host, layout, root } = training
  const logPath = join(host.config.directory, hostFiles.output)
  const path = join(layout.code, script.entryPoint)
  if (script.kind !== 'package' && !(await isFile(path))) {
    const output = `FileNotFoundError: can't open file '${join(root.layout.code, script.entryPoint)}': No such file or directory`
    host.log.line(output)
    return { exitCode: 2, output }
  }
  if (script.kind === 'command') await chmod(path, 0o777)
  const { size } = await stat(logPath)
  const program = await startProgram({
    ...root.enter(invocation.command),
    directory: layout.code,
    environment: invocation.environment,
    output: host.log.descriptor,
  })
  const { exitCode } = await endOf(program, training)
  return { exitCode, output: await outputTail(logPath, size) }
}

function endOf(program: Awaited<ReturnType<typeof startProgram>>, { plan, host }: Training) {
  const stop = (): void => {
    void host.report.running('stopping')
    program.stop(plan.stopGraceSeconds)
  }
  host.stop.addEventListener('abort', stop)
  if (host.stop.aborted) stop()
  return program.ended.finally(() => host.stop.removeEventListener('abort', stop))
}

async function succeeded(training: Training, { hyperParameters }: Script): Promise<Outcome> {
  const { layout, root } = training
  await writeFile(layout.success, '').catch(() => {})
  const files = await listFiles(layout.model)
  for (const hint of modelHints(files, root.layout.model, hyperParameters.user.get('model_dir')))
    say(training, 'WARNING', hint)
  say(training, 'INFO', 'Reporting training SUCCESS')
  return { exitCode: 0 }
}

/** The container ends with 1, whatever the script ended with. */
async function failed(training: Training, { command }: Invocation, end: ScriptEnd): Promise<Outcome> {
  const { layout } = training
  const facts = { kind: 'ExecuteUserScriptError', ...end, command: printedCommand(command) } as const
  const text = failureText(facts)
  say(training, 'ERROR', 'Reporting training FAILURE')
  say(training, 'ERROR', text)
  await writeFailure(layout.failure, text)
  return { exitCode: 1, reason: algorithmError((await readFailure(layout.failure)) ?? text) }
}

function frameworkError(text: string): HostFailure {
  return new HostFailure(algorithmError(`framework error: \n${text}`))
}

function say({ host }: Training, level: Level, text: string): void {
  host.log.line(toolkitLine(level, text, new Date()))
}
