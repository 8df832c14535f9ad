import { EnvironmentError } from '../environment-error.ts'
import { failureLines } from '../installing/failure-lines.ts'
import type { Uv } from '../installing/uv.ts'
import type { Interpreter, Lookup, Requirement } from './choose.ts'
import { answers, compareVersions, minorOf } from './version.ts'

/** The package index gave no answer: no network, wrong address, wrong certificate. */
export class IndexUnreachable extends EnvironmentError {}

/**
 * Asks uv's resolver which version of a package meets a requirement on an interpreter.
 * The lookup throws IndexUnreachable when the index does not answer.
 */
export function askIndex(uv: Uv, packageName: string): Lookup {
  return async (interpreter, { specifier, pick }) => {
    const resolution = pick === 'lowest' ? 'lowest-direct' : 'highest'
    const { exitCode, output, lines } = await uv.run(
      [
        ...[
          'pip',
          'compile',
          '--quiet',
          '--no-deps',
          '--no-header',
          '--no-annotate',
          '--resolution',
          resolution,
        ],
        ...['--python', interpreter.executable, ...uv.settings.arguments, '-'],
      ],
      { timeoutSeconds: 120, input: `${packageName}${specifier}\n` },
    )
    const [, version] = new RegExp(`^${packageName}==(\\S+)`).exec(output.at(-1) ?? '') ?? []
    if (exitCode === 0 && version !== undefined) return version
    if (isAnswer(lines)) return undefined
    throw new IndexUnreachable(`The Python package index does not answer: ${failureLines(lines)}`)
  }
}

/** "No such version" is an answer; the same words because of no network are none. */
function isAnswer(lines: readonly string[]): boolean {
  const text = lines.join(' ')
  return /No solution found/.test(text) && !/network was disabled|not found in the cache/.test(text)
}

/** What can be had without an index: the environments that are there. */
export function askPrepared(
  prepared: readonly { readonly tensorflow: string; readonly python: string }[],
): Lookup {
  return async (interpreter: Interpreter, requirement: Requirement) => {
    const versions = prepared
      .filter(({ python }) => python === minorOf(interpreter.version))
      .map(({ tensorflow }) => tensorflow)
      .filter((version) => meets(requirement.specifier, version))
      .sort(compareVersions)
    return requirement.pick === 'lowest' ? versions[0] : versions.at(-1)
  }
}

/** The few forms of specifiers that `requirementsFor` makes. */
function meets(specifier: string, version: string): boolean {
  return specifier.split(',').every((part) => {
    const [, operator, operand = ''] = /^(==|>=|<)?(.*)$/.exec(part) ?? []
    if (operator === '==') return answers(operand.replace(/\.\*$/, ''), version)
    if (operator === '>=') return compareVersions(version, operand) >= 0
    return operator === undefined || compareVersions(version, operand) < 0
  })
}
