import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname } from 'node:path'
import { UserCodeError } from '../user-code.ts'
import type { InstallOptions } from './install-packages.ts'
import { logLines } from './log-lines.ts'

/** Installs by the package.json in the folder. Throws UserCodeError with npm's own reason. */
export async function runNpm(
  directory: string,
  { variables, log, signal, isLocked }: InstallOptions & { readonly isLocked: boolean },
): Promise<void> {
  const quiet = ['--omit=dev', '--no-audit', '--no-fund', '--no-update-notifier', '--progress=false']
  // The packages are for the Node that runs the handlers.
  const path = [dirname(process.execPath), variables.PATH ?? ''].join(delimiter)
  log('Installing the packages of code/package.json')
  const npm = spawn('npm', [isLocked ? 'ci' : 'install', '--loglevel=http', ...quiet], {
    cwd: directory,
    env: { ...variables, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const said: string[] = []
  const take = (line: string): void => {
    said.push(line)
    log(line)
  }
  logLines(npm.stdout, take)
  logLines(npm.stderr, take)
  const [code, name] = await once(npm, 'close').catch((cause) => {
    const reason = cause.code === 'ENOENT' ? 'there is no npm on the PATH' : cause.message
    throw new UserCodeError(`code/package.json asks for packages, but ${reason}`, { cause })
  })
  if (code !== 0)
    throw new UserCodeError(`npm cannot install code/package.json: ${reasonOf(said, name ?? code)}`)
}

/** npm marks its reasons, and some of their lines once more; what it says about its own log file helps nobody here. */
function reasonOf(said: readonly string[], end: string | number): string {
  const reasons = said
    .flatMap((line) => /^npm (?:error|ERR!) ?(.*)$/.exec(line)?.[1] ?? [])
    .map((line) => line.replace(/^(404|notarget)\b/, '').trim())
    .filter((line) => line !== '' && !/complete log of this run|-debug-\d+\.log/.test(line))
  return reasons.length === 0 ? `it ended with ${end}` : reasons.join('; ').slice(0, 900)
}
