import type { EnvironmentRequest } from '../environment.ts'
import { EnvironmentError } from '../environment-error.ts'
import { answers, compareVersions, isVersion, majorOf, minorOf } from './version.ts'

/** A Python that really runs. */
export interface Interpreter {
  readonly executable: string
  /** `3.11.7` */
  readonly version: string
}

/** A requirement on TensorFlow, and which of the versions that meet it is meant. */
export interface Requirement {
  /** `==2.13.*`, `>=2.1.0,<3`, or empty for any. */
  readonly specifier: string
  readonly pick: 'highest' | 'lowest'
}

/** Which version meets a requirement on an interpreter, if any. */
export type Lookup = (interpreter: Interpreter, requirement: Requirement) => Promise<string | undefined>

export interface Choice {
  readonly tensorflow: string
  readonly interpreter: Interpreter
  /** Sentences that say what differs from what was asked. */
  readonly notes: readonly string[]
}

/**
 * The first release whose wheel has the C library, which serving loads, and through which scripts get their s3:// paths
 * and their pipes. Older releases 2.x stand on packages that have since become incompatible, too.
 */
const firstWithLibrary = '2.12.0'

/**
 * The pair that answers a request: the very TensorFlow version on any interpreter before another version, the asked
 * Python before others. `interpreters` are in order of preference for requests that name no Python.
 * Throws EnvironmentError when nothing can stand in.
 */
export async function choose(
  request: EnvironmentRequest,
  interpreters: readonly Interpreter[],
  lookup: Lookup,
): Promise<Choice> {
  checkRequest(request)
  const ordered = byPreference(wantedPython(request.python), interpreters)
  const [nearest] = ordered
  if (nearest === undefined)
    throw new EnvironmentError('There is no Python from 3.8 on on this machine; install one.')
  for (const requirement of requirementsFor(request)) {
    for (const interpreter of ordered) {
      const tensorflow = await lookup(interpreter, requirement)
      if (tensorflow !== undefined)
        return { tensorflow, interpreter, notes: notesOn(request, { tensorflow, interpreter, ordered }) }
    }
  }
  const newest = await lookup(nearest, { specifier: '', pick: 'highest' })
  throw new EnvironmentError(nothingText(request, ordered, newest))
}

/** What to look for, best first. */
export function requirementsFor({ tensorflow, purpose }: EnvironmentRequest): Requirement[] {
  const library = purpose === 'inference'
  if (tensorflow === undefined)
    return [{ specifier: library ? `>=${firstWithLibrary}` : '', pick: 'highest' }]
  const exact = `==${tensorflow}${/^\d+(\.\d+)?$/.test(tensorflow) ? '.*' : ''}`
  const isTooOld = compareVersions(tensorflow, firstWithLibrary) < 0 && !answers(tensorflow, firstWithLibrary)
  if (isTooOld && (library || majorOf(tensorflow) > 1))
    return [{ specifier: `>=${firstWithLibrary},<3`, pick: 'lowest' }]
  return [
    { specifier: exact, pick: 'highest' },
    { specifier: `>=${tensorflow},<${majorOf(tensorflow) + 1}`, pick: 'lowest' },
  ]
}

/** `3.11` of `py311` and `3.11`; undefined for `py3` and nothing. Throws EnvironmentError for Python 2 and for nonsense. */
export function wantedPython(python: string | undefined): string | undefined {
  if (python === undefined) return undefined
  const [, major, minor] = /^(?:py)?(\d)(?:\.?(\d+))?(?:\.\d+)?$/.exec(python) ?? []
  if (major === '2') throw new EnvironmentError('Python 2 cannot be had; port the program to Python 3.')
  if (major !== '3')
    throw new EnvironmentError(`"${python}" names no Python version: py3, py311 and 3.11 do.`)
  return minor === undefined ? undefined : `3.${minor}`
}

function checkRequest({ tensorflow }: EnvironmentRequest): void {
  if (tensorflow !== undefined && !isVersion(tensorflow))
    throw new EnvironmentError(`"${tensorflow}" is no TensorFlow version: 2.19 and 2.19.0 are.`)
}

/** The nearest minor version first, the newer of two as near; stable otherwise. */
function byPreference(wanted: string | undefined, interpreters: readonly Interpreter[]): Interpreter[] {
  const target = minorNumber(wanted ?? interpreters[0]?.version ?? '3')
  const distance = ({ version }: Interpreter) => {
    const difference = minorNumber(version) - target
    return Math.abs(difference) - (difference > 0 ? 0.5 : 0)
  }
  const seen = new Set<string>()
  return [...interpreters]
    .filter(({ version }) => !seen.has(minorOf(version)) && seen.add(minorOf(version)))
    .sort((left, right) => distance(left) - distance(right))
}

const minorNumber = (version: string) => Number(version.split('.')[1] ?? 0)

function notesOn(
  request: EnvironmentRequest,
  chosen: { tensorflow: string; interpreter: Interpreter; ordered: readonly Interpreter[] },
): string[] {
  const { tensorflow, interpreter, ordered } = chosen
  const python = minorOf(interpreter.version)
  const wanted = wantedPython(request.python)
  const notes: string[] = []
  if (wanted !== undefined && wanted !== python) {
    const isThere = ordered.some(({ version }) => minorOf(version) === wanted)
    const why = isThere ? 'has no such TensorFlow' : 'is not on this machine'
    notes.push(`Python ${wanted} ${why}; Python ${python} stands in (nearest version).`)
  }
  if (request.tensorflow !== undefined && !answers(request.tensorflow, tensorflow))
    notes.push(standInText(request, tensorflow, python))
  return notes
}

function standInText({ tensorflow = '', purpose }: EnvironmentRequest, got: string, python: string): string {
  if (purpose === 'inference' && compareVersions(tensorflow, firstWithLibrary) < 0)
    return `TensorFlow ${got} serves in place of ${tensorflow} (nearest version whose C library can be loaded).`
  return `TensorFlow ${tensorflow} cannot be had for Python ${python}; ${got} stands in (nearest newer version of the same major).`
}

function nothingText(
  { tensorflow }: EnvironmentRequest,
  ordered: readonly Interpreter[],
  newest: string | undefined,
): string {
  const pythons = ordered
    .map(({ version }) => version)
    .sort(compareVersions)
    .map(minorOf)
  const where = `for Python ${pythons.join(', ')}`
  if (tensorflow === undefined) return `TensorFlow cannot be had ${where}.`
  const newer = `no newer ${majorOf(tensorflow)}.x version can stand in`
  const text = `TensorFlow ${tensorflow} cannot be had ${where}, and ${newer}.`
  const offer = newest === undefined ? '' : ` TensorFlow ${newest} can be had.`
  return majorOf(tensorflow) > 1
    ? `${text}${offer}`
    : `${text} TensorFlow 2 runs many such programs by tf.compat.v1.`
}
