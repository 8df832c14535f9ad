import type { FoundPythonCode } from '../find-user-code.ts'
import type { UserCodeOptions } from '../start-user-code.ts'
import { type UserCode, UserCodeError } from '../user-code.ts'

/** Throws UserCodeError. */
export async function startPythonUserCode(
  code: FoundPythonCode & { readonly script: string },
  _options: UserCodeOptions,
): Promise<UserCode> {
  throw new UserCodeError(`${code.script} cannot be run`)
}
