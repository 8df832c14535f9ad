/** What is known of a program that failed. */
export interface FailureFacts {
  readonly kind: 'ExecuteUserScriptError' | 'InstallModuleError' | 'InstallRequirementsError'
  /** 128 + n for signal n. */
  readonly exitCode: number
  /** The last part of stdout and stderr. */
  readonly output: string
  /** As printed. */
  readonly command: string
}

/**
 * The text of `/opt/ml/output/failure`:
 *
 *   ExecuteUserScriptError:
 *   ExitCode 1
 *   ErrorMessage "ValueError: boom"
 *   Command "/usr/bin/python train.py --epochs 3"
 *
 * Source: training toolkit `errors.py`. Where the output holds tracebacks, the message is taken from the last one:
 * the toolkit takes the first error line of all, which hides the real error behind handled ones.
 */
export function failureText({ kind, exitCode, output, command }: FailureFacts): string {
  const name = kind === 'ExecuteUserScriptError' ? (tensorFlowError(output) ?? kind) : kind
  return [
    `${name}:`,
    `ExitCode ${exitCode}`,
    `ErrorMessage "${errorMessage(output)}"`,
    ...(exitCode === 137 ? ['ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"'] : []),
    `Command "${command}"`,
  ].join('\n')
}

const traceback = 'Traceback (most recent call last):'
/** `ValueError: boom`, `keras.errors.MyError`, `KeyboardInterrupt`. */
const errorLine = /(^|[\s>\]])([A-Za-z_][\w.]*(Error|Exception|Interrupt|Exit))(:\s|:$|$)/

/** From the first line that names an error, without repetitions and rank prefixes; empty when none does. */
export function errorMessage(output: string): string {
  const lines = output.split(/\r?\n/).map(withoutRank)
  const last = lines.lastIndexOf(traceback)
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
