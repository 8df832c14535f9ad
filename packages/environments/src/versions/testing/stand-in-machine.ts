import { access, chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EnvironmentOptions } from '../../environment.ts'
import type { Interpreter } from '../choose.ts'
import { findInterpreters } from '../interpreters.ts'

/** A machine with one Python, a uv that installs tiny stand-ins, and a cache of its own; for tests. */
export interface StandInMachine extends AsyncDisposable {
  readonly directory: string
  readonly options: EnvironmentOptions & { readonly progress: string[] }
  /** What uv was asked to do, by its first two words. */
  uvRuns(): Promise<string[]>
  /** Makes uv behave otherwise: `offline`, `fail`, `hang` while a file of that name lies there. */
  set(mode: 'offline' | 'fail' | 'hang', on: boolean): Promise<void>
}

let interpreters: Promise<Interpreter[]> | undefined

export async function standInMachine(variables: NodeJS.ProcessEnv): Promise<StandInMachine> {
  const directory = await mkdtemp(join(tmpdir(), 'environments-'))
  const bin = join(directory, 'bin')
  interpreters ??= findInterpreters({ variables })
  const [interpreter] = await interpreters
  if (interpreter === undefined) throw new Error('these tests need a Python')
  await mkdir(bin)
  await symlink(interpreter.executable, join(bin, 'python3'))
  await writeFile(join(bin, 'uv'), uvProgram(interpreter.executable, directory))
  await chmod(join(bin, 'uv'), 0o755)
  const progress: string[] = []
  return {
    directory,
    options: {
      cacheDirectory: join(directory, 'cache'),
      variables: { PATH: bin, HOME: directory },
      onProgress: (line) => progress.push(line),
      progress,
    },
    uvRuns: async () =>
      (await readFile(join(directory, 'runs'), 'utf8').catch(() => '')).split('\n').slice(0, -1),
    set: (mode, on) =>
      on ? writeFile(join(directory, mode), '') : rm(join(directory, mode), { force: true }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Knows TensorFlow 2.12.0 and 2.13.1; installs modules that say so, and a pip that knows the package `good`. */
const uvProgram = (python: string, directory: string) => `#!${python} -IS
import os, re, subprocess, sys, time
place = ${JSON.stringify(directory)}
is_set = lambda mode: os.path.exists(os.path.join(place, mode))
words = sys.argv[1:]
if words == ['--version']:
    print('uv 0.9.0 (stand-in)')
    sys.exit()
with open(os.path.join(place, 'runs'), 'a') as runs:
    runs.write(' '.join(words[:2]) + '\\n')
if words[0] == 'venv':
    python = ${JSON.stringify(python)}
    os.makedirs(os.path.join(words[-1], 'bin'))
    os.makedirs(os.path.join(words[-1], 'lib', 'python%d.%d' % sys.version_info[:2], 'site-packages'))
    os.symlink(python, os.path.join(words[-1], 'bin', 'python'))
    with open(os.path.join(words[-1], 'pyvenv.cfg'), 'w') as file:
        file.write('home = ' + os.path.dirname(python) + '\\n')
    sys.exit()
if is_set('offline'):
    sys.exit('error: Failed to fetch: the index')
if words[1] == 'compile':
    specifier = sys.stdin.read().strip().replace('tensorflow-cpu', '').replace('tensorflow', '')
    have = ['2.12.0', '2.13.1']
    number = lambda version: [int(part) for part in version.split('.')]
    if specifier.startswith('=='):
        wanted = specifier[2:].replace('.*', '.')
        found = [v for v in have if v == wanted or (wanted.endswith('.') and v.startswith(wanted))]
    else:
        low = re.match(r'>=([\\d.]+)', specifier)
        high = re.search(r'<(\\d+)', specifier)
        found = [v for v in have if (not low or number(v) >= number(low[1])) and (not high or number(v) < number(high[1]))]
    if not found:
        sys.exit('  x No solution found when resolving dependencies')
    print('tensorflow-cpu==' + (found[0] if 'lowest-direct' in words else found[-1]) if 'linux' in sys.platform else '')
    sys.exit()
while is_set('hang'):
    time.sleep(0.02)
if is_set('fail'):
    sys.exit('error: No space left on device')
version = next(word for word in words if word.startswith('tensorflow')).split('==')[1]
environment = words[words.index('--python') + 1]
code = 'import sysconfig; print(sysconfig.get_paths()["purelib"])'
site = subprocess.check_output([environment, '-c', code], text=True).strip()
def module(name, text):
    path = os.path.join(site, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'w').write(text)
module('tensorflow/__init__.py', f'__version__ = "{version}"\\nclass keras: Model = None\\n')
module('tensorflow/libtensorflow_cc.so.2', '')
module('boto3/__init__.py', '')
module('boto3/session.py', 'class Session:\\n    def client(self, *a, **k): pass\\n')
module('pip/__init__.py', '')
module('pip/__main__.py', f'place = {place!r}\\n' + '''
import os, sys, sysconfig
with open(os.path.join(place, 'runs'), 'a') as runs:
    runs.write('pip install' + chr(10))
for line in open(sys.argv[-1]):
    if line.strip() != 'good':
        print('Collecting', line.strip())
        sys.exit('ERROR: No matching distribution found for ' + line.strip())
    print('Collecting good')
    with open(os.path.join(sysconfig.get_paths()['purelib'], 'good.py'), 'w') as file:
        file.write('answer = 42')
''')
print('Resolved 2 packages in 1ms')
print('Installed 2 packages in 1ms')
`
