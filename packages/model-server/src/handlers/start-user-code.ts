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
  /** Memory that a process of user code may grow to before it is replaced; undefined: by what the machine has. */
  readonly memoryLimitBytes?: number | undefined
  /** Takes what the code prints and what is said about it, line by line. */
  readonly log: (line: string) => void
  /** Makes the Python that runs `inference.py`: asked only where there is one. Throws UserCodeError. */
  readonly preparePython: PreparePython
  /** Installs what `code/package.json` asks for. Default: packages come along in `code/node_modules`. */
  readonly prepareNode?: PrepareNode | undefined
  /** Gives up starting. */
  readonly signal: AbortSignal
}

/** Installs what is wished for, and tells what to run. Throws UserCodeError. */
export type PreparePython = (wish: PythonWish, signal: AbortSignal) => Promise<PythonProgram>

export interface PythonWish {
  /** Path of a requirements file. */
  readonly requirements: string | undefined
  /** `tensorflow_serving` must be there. */
  readonly needsServingApi: boolean
}

export interface PythonProgram {
  readonly executable: string
  /** The whole environment of the process, but for PYTHONPATH. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Descriptors for what it prints. Default: this process's own. */
  readonly output?: { readonly stdout: number; readonly stderr: number }
}

/** Throws UserCodeError. */
export type PrepareNode = (codeDirectory: string, signal: AbortSignal) => Promise<NodeSurroundings>

export interface NodeSurroundings {
  /** Folder that holds the `node_modules` made for the code; undefined where nothing had to be installed. */
  readonly packages: string | undefined
  /** The whole environment of the code. */
  readonly variables: Readonly<Record<string, string | undefined>>
}

/** Ready to answer when it resolves. Throws UserCodeError. */
export async function startUserCode(code: FoundUserCode, options: UserCodeOptions): Promise<UserCode> {
  if (code.language === 'node') return startNodeUserCode(code, options)
  if (code.script !== undefined) return startPythonUserCode({ ...code, script: code.script }, options)
  const { libraries, requirements } = code
  // Nobody would miss what cannot be installed; but the container does not start without it.
  if (libraries === undefined)
    await options.preparePython({ requirements, needsServingApi: false }, options.signal)
  return defaultHandler(options.rules)
}
