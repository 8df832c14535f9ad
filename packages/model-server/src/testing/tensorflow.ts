import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareEnvironment } from '@sagebrush/environments'
import type { Method } from '../prediction/documents.ts'

/** Models made by real TensorFlow in a temporary folder, which disposing removes. */
export interface TestModels extends AsyncDisposable {
  /** Holds `<name>/1/saved_model.pb` for each name. */
  readonly directory: string
  /** Of `libtensorflow_cc.so.2`. */
  readonly libraryPath: string
  /** What TensorFlow itself answers: REST bodies with the answers that they must get. */
  readonly expected: Readonly<Record<string, readonly ExpectedAnswer[]>>
}

export interface ExpectedAnswer {
  readonly method: Method
  readonly request: unknown
  readonly outputs: Readonly<
    Record<string, { readonly dtype: string; readonly shape: number[]; readonly values: unknown[] }>
  >
}

/** Builds the named models of `make-models.py` with TensorFlow 2.21. Takes some ten seconds. */
export async function buildModels(...names: string[]): Promise<TestModels> {
  // The library writes what it does to the tests' own output.
  process.env.TF_CPP_MIN_LOG_LEVEL = '2'
  const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush')
  const environment = await prepareEnvironment(
    { tensorflow: '2.21.0', purpose: 'inference' },
    { cacheDirectory, variables: process.env },
  )
  const directory = await mkdtemp(join(tmpdir(), 'sagebrush-models-'))
  const script = fileURLToPath(new URL('./make-models.py', import.meta.url))
  await runPython(environment.executable, [script, directory, ...names])
  if (environment.libtensorflow === undefined) throw new Error('the environment has no libtensorflow')
  return {
    directory,
    libraryPath: environment.libtensorflow,
    expected: JSON.parse(await readFile(join(directory, 'expected.json'), 'utf8')),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

function runPython(executable: string, args: readonly string[]): Promise<void> {
  const child = spawn(executable, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4000)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the models were not made:\n${output}`)),
    )
  })
}
