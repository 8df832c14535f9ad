import { join } from 'node:path'
import type { OwnPython } from '@sagebrush/environments'
import { algorithmError, HostFailure } from '../../../failure-reason.ts'
import { inheritedVariables } from '../../../host/host-variables.ts'
import { InstallError } from '../../../machine/machine.ts'
import { writeFailure } from '../../ml-folder/ending-files.ts'
import { runToEnd } from '../../program/run-to-end.ts'
import type { Training } from '../../training.ts'
import { errorMessage, failureText } from '../ending/failure.ts'
import { type EntryKind, printedCommand } from './entry-point.ts'
import { isFile } from './source-code.ts'

/**
 * The job's own Python, with what the code asks for: its `requirements.txt`, and the code itself when it is a
 * package; neither for commands. Throws HostFailure. Source: training toolkit, entry point kinds.
 */
export async function installCode(training: Training, kind: EntryKind): Promise<OwnPython> {
  const { base, layout, host } = training
  const requirements = join(layout.code, 'requirements.txt')
  const place = {
    directory: join(host.config.directory, 'python'),
    isOffline: training.plan.isIsolated ?? false,
    ...(kind !== 'command' && (await isFile(requirements)) ? { requirements } : {}),
  }
  const task = { say: host.log.line, signal: host.stop }
  const python = await host.machine.ownPython(base, place, task).catch((error: unknown) => {
    if (!(error instanceof InstallError)) throw error
    const command = 'python -m pip install -r requirements.txt'
    return installFailed(training, {
      name: 'InstallRequirementsError',
      exitCode: 1,
      message: error.message,
      command,
    })
  })
  if (kind === 'package') await installPackage(training, python)
  return python
}

async function installPackage(training: Training, { executable, variables }: OwnPython): Promise<void> {
  const { host } = training
  const quiet = ['--disable-pip-version-check', '--root-user-action=ignore']
  // Without a network there is no index to fetch build tools from: the environment's own have to do.
  const tools = training.plan.isIsolated ? ['--no-build-isolation'] : []
  const command = { program: executable, args: ['-m', 'pip', 'install', ...quiet, ...tools, '.'] }
  const environment = { ...inheritedVariables(host.config.variables), ...variables }
  const { exitCode, output } = await runToEnd(training, command, environment)
  host.stop.throwIfAborted()
  if (exitCode === 0) return
  const message = errorMessage(output) || output.trim().split('\n').slice(-10).join('\n')
  await installFailed(training, {
    name: 'InstallModuleError',
    exitCode,
    message,
    command: printedCommand(command),
  })
}

async function installFailed({ layout }: Training, facts: Parameters<typeof failureText>[0]): Promise<never> {
  const text = failureText(facts)
  await writeFailure(layout, text)
  throw new HostFailure(algorithmError(text))
}
