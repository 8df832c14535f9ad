import { isNote } from '../../../logs/output-log.ts'

/** What is known of a program that failed. */
export interface FailureFacts {
  readonly name: string
  /** 128 + n for signal n. */
  readonly exitCode: number
  readonly message: string
  /** As printed. */
  readonly command: string
  /** Why it was killed or could not go on, where that is known. */
  readonly failedFor?: string | undefined
}

/**
 * The text of `/opt/ml/output/failure`. Source: training toolkit `errors.py`.
 *
 *   ExecuteUserScriptError:
 *   ExitCode 1
 *   ErrorMessage "ValueError: boom"
 *   Command "/usr/bin/python train.py --epochs 3"
 */
export function failureText({ name, exitCode, message, command, failedFor }: FailureFacts): string {
  const extra = failedFor ?? (exitCode === 137 ? 'OutOfMemory: Process killed by SIGKILL (signal 9)' : '')
  return [
    `${name}:`,
    `ExitCode ${exitCode}`,
    `ErrorMessage "${message}"`,
    ...(extra === '' || message.includes(extra) ? [] : [`ExtraInfo "${extra}"`]),
    `Command "${command}"`,
  ].join('\n')
}

/**
 * The failure of a user's script, in the words of `message`; `output` is the last part of what it printed.
 */
export function scriptFailure(
  { exitCode, output, failedFor }: Pick<FailureFacts, 'exitCode' | 'failedFor'> & { readonly output: string },
  command: string,
  message = wordsOf({ exitCode, output }),
): string {
  const name = tensorFlowError(output) ?? 'ExecuteUserScriptError'
  return failureText({ name, exitCode, message, command, failedFor })
}

/**
 * What a program that failed said of it: its error, else its last line (`python: No module named nothing`), where the
 * toolkit would say nothing. Empty for one that a signal ended other than its own abort: it did not know.
 */
export function wordsOf({
  exitCode,
  output,
}: {
  readonly exitCode: number
  readonly output: string
}): string {
  const error = errorMessage(output)
  if (error !== '' || (exitCode > 128 && exitCode !== aborted)) return error
  return linesOf(output).findLast(isPrograms)?.trim() ?? ''
}

/** What the agent notes in between is in the same log. */
const isPrograms = (line: string): boolean => line.trim() !== '' && !isNote(line)

const aborted = 134

const traceback = 'Traceback (most recent call last):'
/** `ValueError: boom`, `keras.errors.MyError`, `KeyboardInterrupt`. */
const errorLine = /(^|[\s>\](])([A-Za-z_][\w.]*(Error|Exception|Interrupt|Exit))(:\s|:$|$)/

/**
 * From the first line that names an error, without repetitions and rank prefixes; empty when none does. Where
 * there are tracebacks, what is under the last of them, whatever its error is called: the toolkit looks at all of the
 * output for the names it knows, and hides the real error behind those that a script has handled.
 */
export function errorMessage(output: string): string {
  const lines = linesOf(output)
  const last = lines.findLastIndex((line) => line.trim() === traceback)
  const rest = lines.slice(last + 1)
  const under = last < 0 ? -1 : rest.findIndex(isBesideOrLeftOf(lines[last] ?? ''))
  const first = under < 0 ? rest.findIndex((line) => errorLine.test(line)) : under
  if (first < 0) return ''
  return Array.from(new Set(rest.slice(first).map((line) => line.trimEnd())))
    .join('\n')
    .trim()
}

/** The frames of a traceback are indented, the error under them is not. */
function isBesideOrLeftOf(header: string): (line: string) => boolean {
  const indent = header.search(/\S/)
  return (line) => line.trim() !== '' && line.search(/\S/) <= indent
}

/** A carriage return alone begins a line anew, as progress bars do. */
const linesOf = (output: string): string[] => output.split(/\r?\n|\r/).map(withoutRank)

/** `[1,mpirank:0,algo-1]<stderr>:text` → `text`. */
function withoutRank(line: string): string {
  return line.replace(/^\[\d+,[^\]]*\]<std(out|err)>:?/, '')
}

const tensorFlowErrors =
  /\b(Aborted|AlreadyExists|Cancelled|DataLoss|DeadlineExceeded|FailedPrecondition|Internal|InvalidArgument|NotFound|OutOfRange|PermissionDenied|ResourceExhausted|Unauthenticated|Unavailable|Unimplemented|Unknown|XlaRuntime)Error:/

function tensorFlowError(output: string): string | undefined {
  return tensorFlowErrors.exec(output)?.[0].slice(0, -1)
}
