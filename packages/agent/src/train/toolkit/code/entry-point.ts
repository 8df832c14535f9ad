import type { ProgramCall } from '../../../process/shell-variables.ts'
import { shellQuote } from '../hyper-parameters/arguments.ts'

/**
 * How an entry point is started.
 * `command`: made executable and run by a shell. `package`: installed with pip, run as a module.
 * `program`: run by Python. `module`: `-m package.module`, run by Python as it stands.
 */
export type EntryKind = 'command' | 'package' | 'program' | 'module'

/** Source: training toolkit `_entry_point_type.py`, in its order of precedence. */
export function entryKind(entryPoint: string, hasSetupPy: boolean): EntryKind {
  if (entryPoint.endsWith('.sh')) return 'command'
  if (hasSetupPy) return 'package'
  if (entryPoint.endsWith('.py')) return 'program'
  return entryPoint.startsWith('-m ') ? 'module' : 'command'
}

/** `python` is the path of the environment's interpreter. */
export function entryCommand(
  kind: EntryKind,
  entryPoint: string,
  { args, python }: { readonly args: readonly string[]; readonly python: string },
): ProgramCall {
  if (kind === 'program') return { program: python, args: [entryPoint, ...args] }
  if (kind === 'module') return { program: python, args: [...entryPoint.split(/\s+/), ...args] }
  if (kind === 'package') return { program: python, args: ['-m', packageModule(entryPoint), ...args] }
  return { program: '/bin/sh', args: ['-c', [`./${entryPoint}`, ...args].map(shellQuote).join(' ')] }
}

/** `my/tool.py`, `-m my.tool` → `my.tool`. */
function packageModule(entryPoint: string): string {
  return moduleName(entryPoint.replace(/^-m\s+/, '')).replaceAll('/', '.')
}

/** `train.py` → `train`. */
export function moduleName(entryPoint: string): string {
  return entryPoint.replace(/\.py$/, '')
}

/** As a shell would take it. */
export function printedCommand(command: ProgramCall): string {
  return [command.program, ...command.args].map(shellQuote).join(' ')
}
