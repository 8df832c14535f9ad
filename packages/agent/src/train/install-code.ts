import { join } from 'node:path'
import { algorithmError, HostFailure } from '../failure-reason.ts'
import { InstallError, type Python } from '../machine.ts'
import type { EntryKind } from './entry-point.ts'
import { failureText } from './failure.ts'
import { writeFailure } from './failure-file.ts'
import type { Training } from './invocation.ts'
import { isFile } from './source-code.ts'

/**
 * Installs what the code asks for: its `requirements.txt`, and the code itself when it is a package; nothing for commands.
 * Throws HostFailure. Source: training toolkit, entry point kinds.
 */
export async function installCode(training: Training, kind: EntryKind): Promise<Python> {
  const { python, layout, host } = training
  const requirements = kind !== 'command' && (await isFile(join(layout.code, 'requirements.txt')))
  const setup = kind === 'package'
  if (!requirements && !setup) return python
  const target = join(host.config.directory, 'packages')
  const task = { say: host.log.line, signal: host.stop }
  try {
    return await host.machine.installPackages(
      python,
      { directory: layout.code, requirements, setup, target },
      task,
    )
  } catch (error) {
    if (!(error instanceof InstallError)) throw error
    const name = setup ? 'InstallModuleError' : 'InstallRequirementsError'
    const { message: output, exitCode, command } = error
    const text = failureText({ kind: name, exitCode, output, command })
    await writeFailure(layout.failure, text)
    throw new HostFailure(algorithmError(text), { cause: error })
  }
}
