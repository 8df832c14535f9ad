/** What is wrong with the command line or the environment: names the option and the value got. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export type FlagKind = 'text' | 'integer' | 'number' | 'boolean'

export interface Flag {
  readonly kind: FlagKind
  readonly fallback: string
  readonly help: string
  /** Present where the flag can mean nothing here: why. It is accepted, and said once. */
  readonly ignored?: string
}

export type FlagTable = Readonly<Record<string, Flag>>

/**
 * Reads `--flag=value`, `--flag value` and, for booleans, `--flag`; the last of several wins.
 * Throws ConfigError for an unknown flag, a missing value and what is not a flag.
 */
export function readFlags(table: FlagTable, argv: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>()
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    const [, name = '', , inline] = /^--([^=]+)(=(.*))?$/s.exec(argument) ?? []
    const flag = Object.hasOwn(table, name) ? table[name] : undefined
    if (!flag) throw new ConfigError(`unknown flag ${argument}`)
    const next = argv[index + 1]
    const takesNext = inline === undefined && (flag.kind !== 'boolean' || truth(next ?? '') !== undefined)
    if (takesNext) index++
    const value = takesNext ? next : (inline ?? 'true')
    if (value === undefined) throw new ConfigError(`--${name} needs a value`)
    flags.set(name, value)
  }
  return flags
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])
/** In any case: people and templates write `True` too. */
const truth = (text: string): boolean | undefined => booleans.get(text.toLowerCase())

export interface FlagValues {
  text(name: string): string
  boolean(name: string): boolean
  /** A whole number, checked against the bounds. */
  integer(name: string, lowest?: number, highest?: number): number
  number(name: string): number
  isGiven(name: string): boolean
}

/** The values with their fallbacks. Each method throws ConfigError with the flag's name and the value got. */
export function flagValues(table: FlagTable, given: ReadonlyMap<string, string>): FlagValues {
  const text = (name: string): string => given.get(name) ?? table[name]?.fallback ?? ''
  return {
    text,
    isGiven: (name) => given.has(name),
    boolean(name) {
      const value = truth(text(name))
      if (value === undefined) throw new ConfigError(`--${name} must be true or false, not "${text(name)}"`)
      return value
    },
    integer(name, lowest = 0, highest = Number.MAX_SAFE_INTEGER) {
      const value = /^-?\d+$/.test(text(name)) ? Number(text(name)) : Number.NaN
      if (value >= lowest && value <= highest) return value
      throw new ConfigError(
        `--${name} must be a whole number from ${lowest} to ${highest}, not "${text(name)}"`,
      )
    },
    number(name) {
      const value = text(name) === '' ? Number.NaN : Number(text(name))
      if (Number.isFinite(value)) return value
      throw new ConfigError(`--${name} must be a number, not "${text(name)}"`)
    },
  }
}
