/** Lines of progress: on a terminal a line may be replaced by the next one of the same step. */
export interface Progress {
  /** Says what is going on now. */
  update(line: string): void
  /** Says that the step is done, with what came of it. */
  done(line: string): void
}

export function terminalProgress(out: NodeJS.WriteStream): Progress {
  const live = out.isTTY === true
  const show = (line: string, end: string) =>
    out.write(live ? `\r\u001b[2K${fitted(line, out.columns)}${end}` : `${line}\n`)
  return {
    update: (line) => show(line, ''),
    done: (line) => show(line, '\n'),
  }
}

const fitted = (line: string, columns = 80) =>
  line.length < columns ? line : `${line.slice(0, columns - 2)}…`
