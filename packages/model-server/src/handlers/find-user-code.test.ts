import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findUserCode } from './find-user-code.ts'
import { misplacedCode } from './misplaced-code.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-code-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const place = (files: readonly string[]): void => {
  for (const file of files) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), '')
  }
}

test('scripts where nobody looks are told', async () => {
  place([
    '1/code/inference.py',
    '1/saved_model.pb',
    'inference.ts',
    'my_inference.py',
    'a/b/c/d/e/inference.py',
  ])
  expect(await misplacedCode(directory)).toEqual(['1/code/inference.py', 'inference.ts'])
})

test.each([
  [['code/inference.py'], ['python', 'inference.py']],
  [
    ['code/inference.py', 'code/inference.ts', 'code/lib/a.py'],
    ['python', 'inference.py', 'lib'],
  ],
  [
    ['code/inference.ts', 'code/requirements.txt'],
    ['node', 'inference.ts'],
  ],
  [
    ['code/inference.js', 'code/inference.mts'],
    ['node', 'inference.mts'],
  ],
  [['code/inference.mjs'], ['node', 'inference.mjs']],
  [['code/requirements.txt'], ['python', 'requirements.txt']],
  [['code/lib/a.py'], ['python', 'lib']],
  [['code/other.py'], undefined],
  [['code/inference.py/x'], undefined],
  [['1/code/inference.py', 'inference.py'], undefined],
  [['code'], undefined],
])('of %j takes %j', async (files, expected) => {
  place(files)
  const found = await findUserCode(directory)
  const paths =
    found?.language === 'python' ? [found.script, found.requirements, found.libraries] : [found?.script]
  const names = paths
    .filter((path) => path !== undefined)
    .map((path) => relative(join(directory, 'code'), path))
  expect(found && [found.language, ...names]).toEqual(expected)
})
