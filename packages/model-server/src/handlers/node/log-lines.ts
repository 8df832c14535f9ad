import type { Readable } from 'node:stream'

/** A line that is longer is cut into several. */
const lineLimit = 16 * 1024

/** Gives a stream's text to the log, line by line. */
export function logLines(stream: Readable, log: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) log(line)
    while (rest.length >= lineLimit) {
      log(rest.slice(0, lineLimit))
      rest = rest.slice(lineLimit)
    }
  })
  stream.once('close', () => {
    if (rest) log(rest)
  })
}
