import { join } from 'node:path'
import { cacheLayout } from '../cache/cache-layout.ts'
import { withLock } from '../cache/lock.ts'
import { makeWhole } from '../cache/make-whole.ts'
import type { EnvironmentOptions } from '../environment.ts'
import { EnvironmentError } from '../environment-error.ts'
import type { Interpreter } from '../versions/choose.ts'
import { compareVersions } from '../versions/version.ts'
import { failureLines } from './failure-lines.ts'
import { type InstallerSettings, installerSettings } from './installer-settings.ts'
import { runTool, type ToolResult } from './run-tool.ts'

/** uv, with the settings that it runs with. */
export interface Uv {
  run(args: readonly string[], options?: UvRun): Promise<ToolResult>
  readonly settings: InstallerSettings
}

export interface UvRun {
  readonly onLine?: (line: string) => void
  readonly timeoutSeconds?: number
  readonly input?: string
}

const oldestUv = '0.5.0'
const installSeconds = 3600

/**
 * uv of PATH if it runs and is new enough, else one of our own in the cache, installed with pip when missing.
 * Throws EnvironmentError that names what is missing.
 */
export async function findUv(interpreter: Interpreter, options: EnvironmentOptions): Promise<Uv> {
  const settings = await installerSettings(options.variables)
  const own = join(cacheLayout(options.cacheDirectory).uv, 'bin', 'uv')
  const executable =
    (await firstThatRuns(['uv', own], options)) ?? (await bootstrap(own, interpreter, options))
  return {
    settings,
    run: (args, run = {}) =>
      runTool(executable, args, {
        timeoutSeconds: installSeconds,
        ...run,
        variables: settings.variables,
        signal: options.signal,
      }),
  }
}

async function firstThatRuns(
  candidates: readonly string[],
  { variables, signal }: EnvironmentOptions,
): Promise<string | undefined> {
  for (const candidate of candidates) {
    const { exitCode, output } = await runTool(candidate, ['--version'], {
      variables,
      signal,
      timeoutSeconds: 20,
    })
    const [, version] = /^uv (\d+\.\d+\.\d+)/.exec(output[0] ?? '') ?? []
    if (exitCode === 0 && version !== undefined && compareVersions(version, oldestUv) >= 0) return candidate
  }
  return undefined
}

async function bootstrap(
  own: string,
  interpreter: Interpreter,
  options: EnvironmentOptions,
): Promise<string> {
  const layout = cacheLayout(options.cacheDirectory)
  const { signal } = options
  return withLock(layout.lock('uv'), { python: interpreter.executable, signal }, async () => {
    const made = await firstThatRuns([own], options)
    if (made !== undefined) return made
    options.onProgress?.('Installing uv, which makes Python environments')
    await makeWhole({ name: 'uv', making: layout.making, place: layout.uv }, (directory) =>
      installUv(directory, interpreter, options),
    )
    return own
  })
}

/** By a virtual environment, or where Debian has split that off, by the pip that is there. */
async function installUv(
  directory: string,
  { executable }: Interpreter,
  options: EnvironmentOptions,
): Promise<void> {
  const { variables } = await installerSettings(options.variables)
  const run = (command: string, args: readonly string[]) =>
    runTool(command, args, { variables, signal: options.signal, timeoutSeconds: 600 })
  const venv = await run(executable, ['-m', 'venv', directory])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  const installed =
    venv.exitCode === 0
      ? await run(join(directory, 'bin', 'python'), [...pip, 'uv'])
      : await run(executable, [...pip, '--target', directory, 'uv'])
  if (installed.exitCode === 0) return
  throw new EnvironmentError(missingText(executable, { venv, installed }))
}

function missingText(
  executable: string,
  { venv, installed }: Record<'venv' | 'installed', ToolResult>,
): string {
  if (venv.exitCode === 0)
    return `uv, which makes Python environments, cannot be installed: ${failureLines(installed.lines)}`
  return (
    `uv, which makes Python environments, is not on PATH and cannot be installed: ${executable} has neither venv ` +
    `with ensurepip nor pip. Install uv, or Debian's package python3-venv. (${failureLines(venv.lines)})`
  )
}
