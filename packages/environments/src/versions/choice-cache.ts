import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Choice } from './choose.ts'

interface StoredChoice extends Choice {
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The stored answer to a question, of whatever age, if its Python is still there. */
export async function readChoice(directory: string, question: object): Promise<StoredChoice | undefined> {
  const text = await readFile(fileOf(directory, question), 'utf8').catch(() => undefined)
  const stored = text === undefined ? undefined : parse(text)
  const isThere =
    stored !== undefined &&
    (await access(stored.interpreter.executable).then(
      () => true,
      () => false,
    ))
  return isThere ? stored : undefined
}

/** At once or not at all; replaces an earlier answer to the same question. */
export async function writeChoice(directory: string, question: object, choice: StoredChoice): Promise<void> {
  await mkdir(directory, { recursive: true })
  const file = fileOf(directory, question)
  const partial = `${file}.${randomUUID()}`
  await writeFile(partial, `${JSON.stringify({ question, ...choice }, null, 2)}\n`)
  await rename(partial, file)
}

function fileOf(directory: string, question: object): string {
  const hash = createHash('sha256').update(JSON.stringify(question)).digest('hex')
  return join(directory, `${hash.slice(0, 16)}.json`)
}

function parse(text: string): StoredChoice | undefined {
  try {
    const { at, tensorflow, interpreter, notes } = JSON.parse(text)
    return { at, tensorflow, interpreter, notes }
  } catch {
    // Not ours, or of another time: as if it were not there.
    return undefined
  }
}
