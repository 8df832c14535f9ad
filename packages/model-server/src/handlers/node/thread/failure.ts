import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

/** Tells the endpoint's log, without the frames of this program and of Node. */
export function logError(error: unknown, about = ''): void {
  const lines = `${about}${inspect(error)}`.split('\n')
  console.error(
    lines.filter((line) => !/^\s+at .*(node:internal|\/handlers\/node\/thread\/)/.test(line)).join('\n'),
  )
}

/** One line: what went wrong, and where in the script. */
export function describeFailure(error: unknown, script: string): string {
  if (!(error instanceof Error)) return String(error)
  const folder = fileURLToPath(new URL('.', script))
  const place = /\(?(?:file:\/\/)?([^\s()]+:\d+:\d+)\)?/.exec(
    (error.stack ?? '').split('\n').find((line) => line.includes(folder) && /^\s+at /.test(line)) ?? '',
  )?.[1]
  const name = error.name === 'Error' ? '' : `${error.name}: `
  const message = error.message.replaceAll(`file://${folder}`, '').replaceAll(folder, '')
  return `${name}${message}${place ? ` (${place.replace(folder, '')})` : ''}`
}
