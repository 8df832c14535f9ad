import type { ContainerRules } from '../formats/container-rules.ts'
import { defaultHandler } from './default-handler.ts'
import type { FoundUserCode } from './find-user-code.ts'
import { startNodeUserCode } from './node/node-user-code.ts'
import { startPythonUserCode } from './python/python-user-code.ts'
import type { UserCode } from './user-code.ts'

export interface UserCodeOptions {
  readonly rules: ContainerRules
  /** One endpoint for many models: what differs is the form of some fields of the context. */
  readonly isMultiModel: boolean
  /** Processes or threads that run the code. */
  readonly workers: number
  /** Requests that one worker may handle at once. */
  readonly concurrency: number
  /** Longest time that one handler function may run; then its worker is ended and replaced. */
  readonly handlerSeconds: number
  /** Longest time for an answer, waiting included. */
  readonly answerSeconds: number
  /** Longest time for the model's own answer, as the context of level 2.20 tells it. */
  readonly modelSeconds: number
  /** Takes what the code prints and what is said about it, line by line. */
  readonly log: (line: string) => void
  /** Makes the Python that runs `inference.py`: asked only where there is one. Throws UserCodeError. */
  readonly preparePython: PreparePython
  /** Gives up starting. */
  readonly signal: AbortSignal
}

/** Installs the requirements file, if one is given, and tells what to run. */
export type PreparePython = (requirements: string | undefined, signal: AbortSignal) => Promise<PythonProgram>

export interface PythonProgram {
  readonly executable: string
  /** The whole environment of the process, but for PYTHONPATH. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Descriptors for what it prints. Default: this process's own. */
  readonly output?: { readonly stdout: number; readonly stderr: number }
}

/** Ready to answer when it resolves. Throws UserCodeError. */
export async function startUserCode(code: FoundUserCode, options: UserCodeOptions): Promise<UserCode> {
  if (code.language === 'node') return startNodeUserCode(code, options)
  if (code.script !== undefined) return startPythonUserCode({ ...code, script: code.script }, options)
  if (code.libraries === undefined) await options.preparePython(code.requirements, options.signal)
  return defaultHandler(options.rules)
}
