import { expect, it } from 'vitest'
import { splitWords } from './split-words.ts'

it.each<[string, string[]]>([
  ['', []],
  ['  podman  ', ['podman']],
  ['podman --root /a --log-level=error', ['podman', '--root', '/a', '--log-level=error']],
  [`docker --config "/my data" -H 'a b'`, ['docker', '--config', '/my data', '-H', 'a b']],
  [String.raw`a\ b "c\"d" 'e\f' x"y z"`, ['a b', 'c"d', 'e\\f', 'xy z']],
  [`--label ""`, ['--label', '']],
])('splits %j as a shell does', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})
