import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { fromPythonPattern, PatternError } from './python-pattern.ts'

/** Python itself says what each pattern's first group holds. */
const cases: readonly (readonly [pattern: string, line: string])[] = [
  ['loss: ([0-9\\.]+)', 'step 3 - loss: 0.25 - acc: 0.9'],
  ['loss: ([0-9\\.]+)', 'nothing'],
  ['loss = (.*?);', 'loss = -1e-3; acc'],
  ['#quality_metric: host=\\S+, train loss <loss>=(\\S+)', '#quality_metric: host=a, train loss <loss>=2.5'],
  ["'eval_acc': ([0-9.]+)\\}", "{'eval_acc': 0.5}"],
  ['(?P<value>\\d+)%', '97%'],
  ['(?P<q>["\'])(?:x)(?P=q)=(.)', '"x"=1'],
  ['(a)\\1', 'xaa'],
  ['(?i)LOSS:\\s*([\\d.]+)', 'Loss: 4.5'],
  ['(?ix) loss \\s* = \\s* ([\\d.]+)  # the value', 'LOSS = 4.5'],
  ['(?s)a(.)b', 'a\rb'],
  ['(?m)^(b)', 'a\nb'],
  ['(?s)(?i)A(.)', 'ab'],
  ['a(.)b', 'a\rb'],
  ['a(.)b', 'a\u2028b'],
  ['([]x]+)', 'ab]x]'],
  ['([^]x]+)', ']xab'],
  ['([[x]+)', 'a[x'],
  ['([\\]\\-a]+)', 'x-]a'],
  ['[\\w\\-.]+=([-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?)', 'val-loss.x=-1.5e+3'],
  ['x{,2}(y)', 'xxxy'],
  ['x{1,2}(y)', 'xy'],
  ['x{(y)', 'x{y'],
  ['x}(y)', 'x}y'],
  ['\\A(a)', 'a'],
  ['(a)\\Z', 'ba'],
  ['(a)\\Zb', 'ab'],
  ['(?#a comment)(a)', 'a'],
  ['(?<=: )(\\d+)', 'n: 12'],
  ['(?<!a)(b)', 'abb'],
  ['(a)(?!b)', 'abac'],
  ['(\\x41\\u0042\\U00000043)', 'ABC'],
  ['(\\U0001F600)', 'x😀'],
  ['\\a(.)', '\u0007b'],
  ['(\\b\\d\\B)', '12'],
  ['[\\b](.)', '\bx'],
  ['(é+)', 'caféé'],
  ['(a)|b', 'b'],
  ['/(\\d+)', '1/10'],
  ['a\\ \\#(b)', 'a #b'],
  ['\\{"loss": (.+?)[,}]', '{"loss": 3.5, "x": 1}'],
]

const script = `
import json, re, sys
found = [re.search(pattern, line) for pattern, line in json.load(sys.stdin)]
print(json.dumps([match and [match.group(1)] for match in found]))
`

it('finds what Python finds', () => {
  const output = execFileSync('python3', ['-c', script], { input: JSON.stringify(cases), encoding: 'utf8' })
  const ours = cases.map(([pattern, line]) => {
    const found = fromPythonPattern(pattern).exec(line)
    return [pattern, line, found && [found[1] ?? null]]
  })
  const theirs = cases.map((each, index) => [...each, JSON.parse(output)[index]])
  expect(ours).toEqual(theirs)
})

it.each([
  ['a group without an end', '('],
  ['nothing to repeat', '*a'],
  ['a set without an end', '[a'],
  ['a set of nothing', '[]'],
  ['an escape that is none', '\\e(a)'],
  ['an escape of nothing', 'a\\'],
  ['a group of no kind', '(?y)'],
  ['flags for a part', '(?i:a)'],
  ['an atomic group', '(?>a)'],
  ['possessive repetition', '(a++)'],
  ['a condition', '(a)(?(1)b|c)'],
  ['a character past all characters', '\\Uffffffff'],
  ['a name twice', '(?P<a>.)(?P<a>.)'],
])('refuses %s', (_, pattern) => {
  expect(() => fromPythonPattern(pattern)).toThrow(PatternError)
})
