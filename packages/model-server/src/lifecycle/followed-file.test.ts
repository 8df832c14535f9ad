import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { type FollowedFileOptions, followFile } from './followed-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'sagebrush-followed-'))
const path = join(directory, 'models.config')
afterEach(() => rmSync(path, { force: true }))
afterAll(() => rmSync(directory, { recursive: true }))

/** Whole at once: a look never sees half of it. */
function put(text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 5 })

/** Follows a file that holds `first`, and notes what it hands on and says. */
function followed(apply: FollowedFileOptions['apply']) {
  const [handedOn, said]: [string[], string[]] = [[], []]
  put('first')
  const following = followFile({
    ...{ path, pollSeconds: 0.005, text: 'first' },
    log: (line) => said.push(line.replace(path, 'FILE')),
    apply(text, signal) {
      handedOn.push(text)
      return apply(text, signal)
    },
  })
  return { handedOn, said, [Symbol.asyncDispose]: () => following[Symbol.asyncDispose]() }
}

const untilClosed = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('what changes is handed on, once', async () => {
  await using file = followed(async () => undefined)
  put('second')
  await eventually(() => expect(file.said).toEqual(['took over FILE']))
  put('third')
  await eventually(() => expect(file.said).toHaveLength(2))
  expect(file.handedOn).toEqual(['second', 'third'])
})

test('a later text need not wait for what an earlier one waits for', async () => {
  await using file = followed(async (text, signal) => {
    if (text === 'waiting') await untilClosed(signal)
  })
  put('waiting')
  await eventually(() => expect(file.handedOn).toEqual(['waiting']))
  put('first')
  await eventually(() => expect(file.said).toEqual(['took over FILE']))
  expect(file.handedOn).toEqual(['waiting', 'first'])
})

test('what is refused is said once, tried again, and may be taken back', async () => {
  await using file = followed(async (text) => {
    if (text === 'wrong') throw new Error('no')
  })
  put('wrong')
  await eventually(() => expect(file.handedOn.length).toBeGreaterThan(2))
  expect(file.said).toEqual(['FILE is not taken over: no'])
  put('first')
  await eventually(() => expect(file.said).toEqual(['FILE is not taken over: no', 'took over FILE']))
})

test('a file that is gone is said once, and looked for', async () => {
  await using file = followed(async () => undefined)
  rmSync(path)
  await eventually(() => expect(file.said).toEqual([expect.stringContaining('ENOENT')]))
  put('second')
  await eventually(() => expect(file.said).toContain('took over FILE'))
})

test('nothing is handed on after the end', async () => {
  const file = followed((_text, signal) => untilClosed(signal))
  put('second')
  await eventually(() => expect(file.handedOn).toHaveLength(1))
  await file[Symbol.asyncDispose]()
  expect(file.said).toEqual([])
})
