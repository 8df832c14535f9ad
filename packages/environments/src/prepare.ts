import { platform } from 'node:os'
import { join, relative } from 'node:path'
import { arch } from 'node:process'
import { cacheLayout } from './cache/cache-layout.ts'
import { listPrepared, readEnvironment, touch } from './cache/inventory.ts'
import { withLock } from './cache/lock.ts'
import { makeWhole } from './cache/make-whole.ts'
import type { Environment, EnvironmentOptions, EnvironmentRequest } from './environment.ts'
import { install } from './installing/install.ts'
import { hasGpu, packageFor, type TensorFlowPackage } from './installing/packages.ts'
import { findUv } from './installing/uv.ts'
import { askIndex, askPrepared, IndexUnreachable } from './versions/available.ts'
import { readChoice, writeChoice } from './versions/choice-cache.ts'
import { type Choice, choose, type Interpreter, wantedPython } from './versions/choose.ts'
import { findInterpreters } from './versions/interpreters.ts'
import { answers, compareVersions, minorOf } from './versions/version.ts'

export interface PreparedEnvironment extends Environment {
  /** Sentences that say what differs from what was asked; for the job's log. */
  readonly notes: readonly string[]
}

const choiceLifeSeconds = 24 * 3600

/**
 * The environment that answers a request, made when it is not there yet (about 10 s with a fast line). Askers in this and
 * in other processes share one making; a killed one leaves nothing that counts. A request that a prepared environment
 * answers to the letter takes milliseconds and no network.
 * Throws EnvironmentError when nothing can stand in or the installer fails, in the installer's words.
 */
export async function prepareEnvironment(
  request: EnvironmentRequest,
  options: EnvironmentOptions,
): Promise<PreparedEnvironment> {
  const wanted = await packageForThisMachine(options)
  const exact = await findExact(request, wanted, options)
  if (exact !== undefined) return used(exact, [])
  const choice = await findChoice(request, wanted, options)
  const name = environmentName(choice, wanted)
  const there = await readEnvironment(options.cacheDirectory, name)
  return used(there ?? (await make(name, { choice, wanted }, options)), choice.notes)
}

async function used(environment: Environment, notes: readonly string[]): Promise<PreparedEnvironment> {
  await touch(environment.directory, new Date())
  return { ...environment, notes }
}

async function packageForThisMachine({ variables, signal }: EnvironmentOptions): Promise<TensorFlowPackage> {
  const gpu = platform() === 'linux' && (await hasGpu(variables, signal))
  return packageFor({ platform: platform(), architecture: arch, hasGpu: gpu })
}

function environmentName({ tensorflow, interpreter }: Choice, { extra }: TensorFlowPackage): string {
  const base = `tensorflow-${tensorflow}-python-${minorOf(interpreter.version)}`
  return extra === undefined ? base : `${base}-cuda`
}

/** A prepared environment that is just what was asked, so that nothing need be looked up. */
async function findExact(
  { tensorflow, python }: EnvironmentRequest,
  { extra }: TensorFlowPackage,
  { cacheDirectory }: EnvironmentOptions,
): Promise<Environment | undefined> {
  const minor = wantedPython(python)
  if (tensorflow === undefined) return undefined
  return (await listPrepared(cacheDirectory))
    .filter(({ name }) => name.endsWith('-cuda') === (extra !== undefined))
    .filter((environment) => environment.libtensorflow !== undefined)
    .filter((environment) => minor === undefined || environment.python === minor)
    .filter((environment) => answers(tensorflow, environment.tensorflow))
    .sort(
      (left, right) =>
        compareVersions(right.tensorflow, left.tensorflow) || compareVersions(right.python, left.python),
    )[0]
}

async function findChoice(
  request: EnvironmentRequest,
  wanted: TensorFlowPackage,
  options: EnvironmentOptions,
): Promise<Choice> {
  const { choices } = cacheLayout(options.cacheDirectory)
  const { tensorflow, python, purpose = 'training' } = request
  const question = { tensorflow, python, purpose, package: wanted }
  const stored = await readChoice(choices, question)
  const now = Date.now()
  if (stored !== undefined && now - stored.at < choiceLifeSeconds * 1000) return stored
  const interpreters = await findInterpreters(options)
  try {
    const choice = await askedChoice(request, { interpreters, wanted }, options)
    await writeChoice(choices, question, { ...choice, at: now })
    return choice
  } catch (error) {
    if (!(error instanceof IndexUnreachable)) throw error
    return stored ?? (await choiceWithoutIndex(request, { interpreters, error }, options))
  }
}

async function askedChoice(
  request: EnvironmentRequest,
  { interpreters, wanted }: { interpreters: readonly Interpreter[]; wanted: TensorFlowPackage },
  options: EnvironmentOptions,
): Promise<Choice> {
  const [first] = interpreters
  if (first === undefined) return choose(request, [], async () => undefined)
  const uv = await findUv(first, options)
  options.onProgress?.(`Looking for TensorFlow ${request.tensorflow ?? ''}`.trim())
  return choose(request, interpreters, askIndex(uv, wanted.name))
}

async function choiceWithoutIndex(
  request: EnvironmentRequest,
  { interpreters, error }: { interpreters: readonly Interpreter[]; error: IndexUnreachable },
  options: EnvironmentOptions,
): Promise<Choice> {
  const prepared = await listPrepared(options.cacheDirectory)
  return choose(request, interpreters, askPrepared(prepared)).catch(() => {
    throw error
  })
}

async function make(
  name: string,
  { choice, wanted }: { choice: Choice; wanted: TensorFlowPackage },
  options: EnvironmentOptions,
): Promise<Environment> {
  const layout = cacheLayout(options.cacheDirectory)
  const { interpreter } = choice
  const uv = await findUv(interpreter, options)
  const lock = {
    python: interpreter.executable,
    signal: options.signal,
    onWait: () => options.onProgress?.(`Waiting for another process that prepares ${name}`),
  }
  return withLock(layout.lock(name), lock, async () => {
    const there = await readEnvironment(options.cacheDirectory, name)
    if (there !== undefined) return there
    const place = { name, making: layout.making, place: join(layout.environments, name) }
    await makeWhole(place, (directory) => install({ directory, choice, wanted, uv }, options))
    const made = await readEnvironment(options.cacheDirectory, name)
    if (made === undefined)
      throw new Error(`${relative(options.cacheDirectory, place.place)} is not complete`)
    return made
  })
}
