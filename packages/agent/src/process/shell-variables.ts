/** A program and its arguments. */
export interface ProgramCall {
  readonly program: string
  readonly args: readonly string[]
}

/**
 * The call that has all variables of `environment` though shells start it: `SM_HP_LEARNING-RATE` is no name
 * to a shell, and Debian's drops such variables instead of handing them on.
 */
export function keepVariables(call: ProgramCall, environment: Readonly<Record<string, string>>): ProgramCall {
  const odd = Object.entries(environment).filter(([name]) => !/^[A-Za-z_]\w*$/.test(name))
  if (odd.length === 0) return call
  const settings = odd.map(([name, value]) => `${name}=${value}`)
  return { program: '/usr/bin/env', args: [...settings, call.program, ...call.args] }
}
