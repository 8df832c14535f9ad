import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { byCodePoint, pythonJson, pythonRepr, pythonStr } from './python-text.ts'
import { parsePythonJson } from './python-value.ts'

const texts = [
  ...['0', '-0', '3', '-17', '12345678901234567890', '007', '1.', '.5', '+1', ' 1 ', '1 2'],
  ...[
    '0.1',
    '1.0',
    '-0.0',
    '1e5',
    '1e-3',
    '1E-7',
    '123456.789',
    '1e16',
    '1e15',
    '9999999999999998.0',
    '1e22',
    '1e300',
  ],
  ...['5e-324', '0.0001', '0.00001', '2.5e-5', '1e400', '3.141592653589793', '100000000000000000000.5'],
  ...['NaN', 'Infinity', '-Infinity', 'nan', 'true', 'false', 'null', 'True', 'None', ''],
  ...[
    '"abc"',
    '"a b"',
    '"it\'s"',
    '"say \\"hi\\""',
    '"both \' and \\""',
    '"tab\\tnew\\nline\\\\"',
    '"\\u00e9\\u20ac"',
    '"é€😀"',
  ],
  ...[
    '"\\u0000\\u001f\\u007f\\u0085\\u00a0\\u2028\\u200b"',
    '"unfinished',
    '"a\tb"',
    '"\\x"',
    '"\\ud83d\\ude00"',
  ],
  ...[
    '[1, 2]',
    '[]',
    '{}',
    '[1.5, "a", null, true, [2], {"k": 1.0}]',
    '{"b": 1, "a": [null]}',
    '[1,]',
    '{"a" 1}',
    '{"a":1,}',
  ],
  ...[
    '{"\\uffff": 1, "\\ud83d\\ude00": 2, "a": 3}',
    ' { "x" : [ ] } ',
    '[[[[]]]]',
    'train.py',
    's3://bucket/key',
  ],
]

const oracle = `
import json, sys
out = []
for text in json.load(sys.stdin):
    try:
        value = json.loads(text)
    except ValueError:
        out.append(None)
        continue
    dumped = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    out.append([str(value), repr(value), dumped, json.dumps(value, sort_keys=True, indent=4)])
json.dump(out, sys.stdout)
`

function ours(text: string): string[] | null {
  try {
    const value = parsePythonJson(text)
    return [pythonStr(value), pythonRepr(value), pythonJson(value), pythonJson(value, 4)]
  } catch {
    return null
  }
}

describe('JSON read and printed as Python does', () => {
  const input = JSON.stringify(texts)
  const theirs: (string[] | null)[] = JSON.parse(
    execFileSync('python3', ['-c', oracle], { input, encoding: 'utf8' }),
  )
  it.each(texts.map((text, index) => [text, theirs[index]] as const))('%j', (text, expected) => {
    expect(ours(text)).toEqual(expected)
  })
})

describe('byCodePoint', () => {
  it('puts characters beyond the first plane after all others, as Python does', () => {
    expect(['\u{1f600}', '\uffff', 'a', '', 'ab', 'B'].sort(byCodePoint)).toEqual([
      '',
      'B',
      'a',
      'ab',
      '\uffff',
      '\u{1f600}',
    ])
  })
})
