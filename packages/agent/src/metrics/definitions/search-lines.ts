import { setImmediate } from 'node:timers/promises'
import type { MetricDefinition } from '../../plan/host-plan.ts'
import { fromPythonPattern, PatternError } from './python-pattern.ts'
import { OutOfTime, withinTime } from './within-time.ts'

export interface Measurement {
  readonly name: string
  readonly value: number
}

export interface LineSearch {
  /** What the lines tell, each metric's values in the order of the lines. Never rejects. */
  search(lines: readonly string[]): Promise<readonly Measurement[]>
}

/** A pattern that is too slow gets a second try, for a machine that was busy. */
const limitsMilliseconds = [500, 1000] as const

/**
 * Searches lines by metric definitions: where a pattern is found, its first group is the value. A progress bar's line is
 * searched as the lines that it draws over one another. A definition that cannot be used, or whose pattern takes too
 * long, is said once and then left out. Source: SageMaker, "Define training metrics".
 */
export function lineSearch(
  definitions: readonly MetricDefinition[],
  say: (line: string) => void,
): LineSearch {
  let usable = definitions.flatMap((definition) => compiled(definition, say))
  return {
    async search(lines) {
      const drawn = lines.flatMap((line) => (line.includes('\r') ? line.split('\r') : [line]))
      const found: Measurement[] = []
      for (const metric of usable) {
        const values = valuesIn(metric, drawn, say)
        if (values) for (const value of values) found.push({ name: metric.name, value })
        else usable = usable.filter((other) => other !== metric)
        // Logs are stored and signals are heard meanwhile.
        await setImmediate()
      }
      return found
    },
  }
}

interface Metric extends MetricDefinition {
  readonly pattern: RegExp
}

function compiled({ name, regex }: MetricDefinition, say: (line: string) => void): readonly Metric[] {
  try {
    const pattern = fromPythonPattern(regex)
    const groups = withinTime(limitsMilliseconds[0], () => groupCount(pattern))
    if (groups === 0) throw new PatternError('it has no group that would hold the value')
    return [{ name, regex, pattern }]
  } catch (error) {
    if (!(error instanceof PatternError || error instanceof OutOfTime)) throw error
    say(`the metric ${name} is not searched for, because of its pattern ${regex}: ${error.message}`)
    return []
  }
}

/** The empty alternative is found in no text at all. */
const groupCount = ({ source, flags }: RegExp) => (new RegExp(`${source}|`, flags).exec('')?.length ?? 1) - 1

/** Undefined for a pattern that must not be used again. */
function valuesIn(
  { name, regex, pattern }: Metric,
  lines: readonly string[],
  say: (line: string) => void,
): readonly number[] | undefined {
  let reason: unknown
  for (const limit of limitsMilliseconds) {
    try {
      return withinTime(limit, () => valuesOf(pattern, lines))
    } catch (error) {
      reason = error
      if (!(error instanceof OutOfTime)) break
    }
  }
  const why = reason instanceof Error ? reason.message : String(reason)
  say(`the metric ${name} is no longer searched for, because of its pattern ${regex}: ${why}`)
  return undefined
}

function valuesOf(pattern: RegExp, lines: readonly string[]): readonly number[] {
  const values: number[] = []
  for (const line of lines) {
    const value = numberIn(pattern.exec(line)?.[1])
    if (value !== undefined) values.push(value)
  }
  return values
}

/** As Python's `float()` reads it, but for numbers that no chart can show. */
function numberIn(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? ''
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return undefined
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : undefined
}
