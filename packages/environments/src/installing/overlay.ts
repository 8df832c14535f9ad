import { chmod, mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../environment.ts'

/** What an overlay lies above: an environment or another overlay. */
export type Lower = Pick<Environment, 'directory' | 'python' | 'executable' | 'sitePackages'>

export interface Overlay extends Lower {
  /** The folders of its programs and of all that it lies above, for PATH. */
  readonly programs: readonly string[]
}

/** Holds `sagebrush_s3`, which gives TensorFlow its `s3://` paths. */
const ourPackages = fileURLToPath(new URL('../../python', import.meta.url))

/**
 * Makes a virtual environment in milliseconds that sees all packages of another one: what is installed into it comes
 * first and stays in it. pip knows the packages below, and never removes them. The folder must not be moved.
 *
 *   pyvenv.cfg                                       makes Python take bin/python for an environment of its own
 *   bin/python, pip, …
 *   lib/python3.11/site-packages/sagebrush.pth       adds what lies below, and `s3://`
 */
export async function writeOverlay(
  directory: string,
  lower: Lower & { programs?: readonly string[] },
): Promise<Overlay> {
  const bin = join(directory, 'bin')
  const sitePackages = join(directory, 'lib', `python${lower.python}`, 'site-packages')
  await mkdir(bin, { recursive: true })
  await mkdir(sitePackages, { recursive: true })
  const configuration = await readFile(join(lower.directory, 'pyvenv.cfg'), 'utf8')
  await writeFile(join(directory, 'pyvenv.cfg'), configuration.replace(/^relocatable.*\n/m, ''))
  await writeFile(join(sitePackages, 'sagebrush.pth'), pathLines(lower.sitePackages))
  const interpreter = await realpath(lower.executable)
  for (const name of ['python', 'python3', `python${lower.python}`]) {
    await rm(join(bin, name), { force: true })
    await symlink(interpreter, join(bin, name))
  }
  for (const name of ['pip', 'pip3', `pip${lower.python}`]) {
    await writeFile(join(bin, name), '#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n')
    await chmod(join(bin, name), 0o755)
  }
  return {
    directory,
    python: lower.python,
    executable: join(bin, 'python'),
    sitePackages,
    programs: [bin, ...(lower.programs ?? [join(lower.directory, 'bin')])],
  }
}

/** Source: Python's `site` module: a line that starts with `import` is run, any other is a folder to import from. */
function pathLines(lowerSitePackages: string): string {
  return [
    ourPackages,
    'import sagebrush_s3; sagebrush_s3.install()',
    `import site; site.addsitedir(${JSON.stringify(lowerSitePackages)})`,
    '',
  ].join('\n')
}
