/** What is known of a program that failed. */
export interface FailureFacts {
  readonly name: string
  /** 128 + n for signal n. */
  readonly exitCode: number
  readonly message: string
  /** As printed. */
  readonly command: string
  /** Why it was killed, where that is known. */
  readonly killedFor?: string | undefined
}

/**
 * The text of `/opt/ml/output/failure`. Source: training toolkit `errors.py`.
 *
 *   ExecuteUserScriptError:
 *   ExitCode 1
 *   ErrorMessage "ValueError: boom"
 *   Command "/usr/bin/python train.py --epochs 3"
 */
export function failureText({ name, exitCode, message, command, killedFor }: FailureFacts): string {
  const extra = killedFor ?? (exitCode === 137 ? 'OutOfMemory: Process killed by SIGKILL (signal 9)' : '')
  return [
    `${name}:`,
    `ExitCode ${exitCode}`,
    `ErrorMessage "${message}"`,
    ...(extra === '' ? [] : [`ExtraInfo "${extra}"`]),
    `Command "${command}"`,
  ].join('\n')
}

/** The failure of a user's script; `output` is the last part of what it printed. */
export function scriptFailure(
  { exitCode, output, killedFor }: Pick<FailureFacts, 'exitCode' | 'killedFor'> & { readonly output: string },
  command: string,
): string {
  const name = tensorFlowError(output) ?? 'ExecuteUserScriptError'
  return failureText({ name, exitCode, message: errorMessage(output), command, killedFor })
}

const traceback = 'Traceback (most recent call last):'
/** `ValueError: boom`, `keras.errors.MyError`, `KeyboardInterrupt`. */
const errorLine = /(^|[\s>\]])([A-Za-z_][\w.]*(Error|Exception|Interrupt|Exit))(:\s|:$|$)/

/**
 * From the first line that names an error, without repetitions and rank prefixes; empty when none does. Where
 * there are tracebacks, after the last of them: the toolkit looks at all of the output, and hides the real
 * error behind those that a script has handled.
 */
export function errorMessage(output: string): string {
  const lines = output.split(/\r?\n/).map(withoutRank)
  const last = lines.findLastIndex((line) => line.trim() === traceback)
  const rest = last < 0 ? lines : lines.slice(last + 1)
  const first = rest.findIndex((line) => errorLine.test(line))
  if (first < 0) return ''
  return Array.from(new Set(rest.slice(first).map((line) => line.trimEnd())))
    .join('\n')
    .trim()
}

/** `[1,mpirank:0,algo-1]<stderr>:text` → `text`. */
function withoutRank(line: string): string {
  return line.replace(/^\[\d+,[^\]]*\]<std(out|err)>:?/, '')
}

const tensorFlowErrors =
  /\b(Aborted|AlreadyExists|Cancelled|DataLoss|DeadlineExceeded|FailedPrecondition|Internal|InvalidArgument|NotFound|OutOfRange|PermissionDenied|ResourceExhausted|Unauthenticated|Unavailable|Unimplemented|Unknown|XlaRuntime)Error:/

function tensorFlowError(output: string): string | undefined {
  return tensorFlowErrors.exec(output)?.[0].slice(0, -1)
}
