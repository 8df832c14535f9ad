import { access, constants, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { runTool } from '../installing/run-tool.ts'
import type { Interpreter } from './choose.ts'
import { compareVersions } from './version.ts'

export interface SearchOptions {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal | undefined
}

const oldest = '3.8'
const newestMinor = 16

/**
 * The Pythons on this machine, in order of preference: what `python3` is, then the others on PATH, pyenv's and uv's.
 * Each is run before it is believed: shims exist for versions that are not installed. Of a virtual environment the
 * Python that it was made from counts. Only CPython from 3.8 on with a global interpreter lock, as TensorFlow needs.
 */
export async function findInterpreters({ variables, signal }: SearchOptions): Promise<Interpreter[]> {
  const candidates = [...namesOnPath(variables), ...(await installedVersions(variables))]
  const found = await Promise.all(candidates.map((candidate) => probe(candidate, { variables, signal })))
  const real = found.filter((interpreter) => interpreter !== undefined)
  return real.filter(
    ({ executable }, index) => real.findIndex((other) => other.executable === executable) === index,
  )
}

function namesOnPath({ PATH = '' }: SearchOptions['variables']): string[] {
  const minors = Array.from({ length: newestMinor - 8 + 1 }, (_, index) => newestMinor - index)
  const names = ['python3', 'python', ...minors.map((minor) => `python3.${minor}`)]
  const directories = PATH.split(delimiter).filter((directory) => directory.startsWith('/'))
  // Shims are slow and stand for the versions that are looked up beside them; only the default one says something new.
  const isMeant = (name: string, directory: string) => name === 'python3' || basename(directory) !== 'shims'
  return names.flatMap((name) =>
    directories.filter((directory) => isMeant(name, directory)).map((directory) => join(directory, name)),
  )
}

/** pyenv keeps versions beside its shims, uv below its data directory; neither need be on PATH. */
async function installedVersions(variables: SearchOptions['variables']): Promise<string[]> {
  const home = variables.HOME ?? homedir()
  const data = variables.XDG_DATA_HOME ?? join(home, '.local', 'share')
  const roots = [
    join(variables.PYENV_ROOT ?? join(home, '.pyenv'), 'versions'),
    variables.UV_PYTHON_INSTALL_DIR ?? join(data, 'uv', 'python'),
  ]
  const lists = await Promise.all(
    roots.map(async (root) => {
      const names = await readdir(root).catch(() => [])
      return names.sort().map((name) => join(root, name, 'bin', 'python3'))
    }),
  )
  return lists.flat()
}

const question = `
import ssl, ctypes, sys, sysconfig, os
v = sys.version_info
print('%d.%d.%d' % v[:3], sys.implementation.name, sysconfig.get_config_var('Py_GIL_DISABLED') or 0,
      os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable), sep='\\t')
`

async function probe(
  candidate: string,
  { variables, signal }: SearchOptions,
): Promise<Interpreter | undefined> {
  const isThere = await access(candidate, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const { exitCode, output } = await runTool(candidate, ['-I', '-c', question], {
    variables,
    signal,
    timeoutSeconds: 20,
  })
  const [version = '', implementation, lockless, executable] = output.at(-1)?.split('\t') ?? []
  if (exitCode !== 0 || executable === undefined || implementation !== 'cpython' || lockless !== '0') return
  return compareVersions(version, oldest) < 0 ? undefined : { executable, version }
}
