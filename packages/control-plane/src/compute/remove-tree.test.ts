import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeTree } from './remove-tree.ts'

let place = ''
let folder = ''
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'sagebrush-remove-'))
  folder = join(place, 'folder')
  mkdirSync(join(folder, 'a', 'b'), { recursive: true })
})
afterEach(() => removeTree(place))

test.each<[string, () => void]>([
  ['folders in folders', () => writeFileSync(join(folder, 'a', 'b', 'c'), 'x')],
  [
    'more files than are read at once',
    () => {
      for (let number = 0; number < 1000; number++) writeFileSync(join(folder, `${number}`), '')
    },
  ],
  [
    'what may not be read or written',
    () => {
      writeFileSync(join(folder, 'a', 'b', 'c'), 'x')
      chmodSync(join(folder, 'a', 'b'), 0o500)
      chmodSync(join(folder, 'a'), 0)
    },
  ],
])('%s are gone, and a second call finds nothing to do', async (_what, make) => {
  make()
  await removeTree(folder)
  expect(existsSync(folder)).toBe(false)
  await removeTree(folder)
})

test('what a link points to stays', async () => {
  const kept = join(place, 'kept')
  writeFileSync(kept, 'kept')
  mkdirSync(join(place, 'other'))
  writeFileSync(join(place, 'other', 'file'), 'kept too')
  symlinkSync(kept, join(folder, 'file'))
  symlinkSync(join(place, 'other'), join(folder, 'folder'))
  symlinkSync('nowhere', join(folder, 'nowhere'))
  await removeTree(folder)
  expect(existsSync(folder)).toBe(false)
  expect([kept, join(place, 'other', 'file')].map((path) => readFileSync(path, 'utf8'))).toEqual([
    'kept',
    'kept too',
  ])
})
