import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { EnvironmentOptions, OwnPython } from '@sagebrush/environments'
import type { PreparePython, PythonWish } from '../start-user-code.ts'
import { UserCodeError } from '../user-code.ts'

export interface PythonPreparerOptions {
  /** Holds managed environments. */
  readonly cacheDirectory: string
  /** Which TensorFlow and Python; undefined: the newest, the machine's own. */
  readonly tensorflow: string | undefined
  readonly python: string | undefined
  /** Makes a folder for the scripts' own Pythons. */
  readonly workDirectory: () => Promise<string>
  /** The server's own environment. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly log: (line: string) => void
}

/** Pythons for scripts, on managed environments with TensorFlow. Scripts with the same wishes share one. */
export function pythonPreparer(options: PythonPreparerOptions): PreparePython {
  const prepared = new Map<string, ReturnType<PreparePython>>()
  return (wish, signal) => {
    const key = JSON.stringify([wish.requirements, wish.needsServingApi])
    const there = prepared.get(key) ?? prepare(wish, signal, options)
    prepared.set(key, there)
    there.catch(() => prepared.delete(key))
    return there
  }
}

async function prepare(
  wish: PythonWish,
  signal: AbortSignal,
  options: PythonPreparerOptions,
): ReturnType<PreparePython> {
  const { executable, variables } = await ownPythonOf(wish, signal, options)
  return { executable, variables: { ...handlerVariables(options.variables), ...variables } }
}

/** Loaded only here: a server without scripts needs nothing of environments. */
async function ownPythonOf(
  { requirements, needsServingApi }: PythonWish,
  signal: AbortSignal,
  { cacheDirectory, tensorflow, python, workDirectory, variables, log }: PythonPreparerOptions,
): Promise<OwnPython> {
  const { EnvironmentError, ownPython, prepareEnvironment } = await import('@sagebrush/environments')
  const options: EnvironmentOptions = { cacheDirectory, variables, onProgress: log, signal }
  const failing = (what: string) => (error: unknown) => {
    if (!(error instanceof EnvironmentError)) throw error
    throw new UserCodeError(`${what} cannot be installed: ${error.message}`, { cause: error })
  }
  const request = { ...(tensorflow && { tensorflow }), ...(python && { python }) }
  const environment = await prepareEnvironment({ ...request, purpose: 'inference' }, options).catch(
    failing('the Python of inference.py'),
  )
  const directory = await mkdtemp(join(await workDirectory(), 'python-'))
  const plain = { ...options, directory }
  const api = needsServingApi ? await withServingApi() : {}
  if (requirements === undefined) return ownPython(environment, { ...plain, ...api })
  log(`installing packages from ${requirements}`)
  return ownPython(environment, { ...plain, ...api, requirements }).catch(failing('code/requirements.txt'))

  /** Whether the script can do without it, only the script knows. */
  async function withServingApi(): Promise<{ preinstalled?: string }> {
    const preinstalled = servingApi(environment.tensorflow)
    try {
      await ownPython(environment, { ...plain, preinstalled })
      return { preinstalled }
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error
      log(`tensorflow-serving-api cannot be installed: ${error.message}`)
      return {}
    }
  }
}

/** The stubs are made for each minor version of TensorFlow. */
const servingApi = (tensorflow: string): string =>
  `tensorflow-serving-api==${tensorflow.split('.').slice(0, 2).join('.')}.*`

/** Calls of the models on `localhost` pass every proxy by. The container has one OpenMP thread unless told otherwise. */
function handlerVariables(
  variables: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const given = variables.no_proxy ?? variables.NO_PROXY
  const hosts = [...(given ? [given] : []), 'localhost', '127.0.0.1'].join(',')
  return { OMP_NUM_THREADS: '1', ...variables, no_proxy: hosts, NO_PROXY: hosts }
}
