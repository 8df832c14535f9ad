import { expect, test } from 'vitest'
import { stripTypes } from './strip-types.ts'

test('types become blanks: every line and column stays where it was', () => {
  const source = `import type { A } from './a.ts'
interface B { readonly c: string }
export const handler = async (data: Uint8Array, context: A<B>): Promise<[string, string]> =>
  [data.toString() as string, context.acceptHeader satisfies string]
`
  const code = stripTypes(source, 'inference.ts')
  expect(code.split('\n').map((line) => line.length)).toEqual(source.split('\n').map((line) => line.length))
  expect(code).not.toMatch(/import|interface|Uint8Array|satisfies/)
  expect(code.indexOf('context.acceptHeader')).toBe(source.indexOf('context.acceptHeader'))
})

test('what is more than types is rewritten, with a map to where it was', () => {
  const code = stripTypes('enum Kind { A = 1 }\nexport const a = Kind.A\n', 'inference.ts')
  const [javascript = '', map = ''] = code.split('//# sourceMappingURL=data:application/json;base64,')
  expect(javascript).toContain('Kind["A"] = 1')
  expect(JSON.parse(Buffer.from(map, 'base64').toString())).toMatchObject({ sources: ['inference.ts'] })
})

test.each([
  ['is not TypeScript', 'let a: = 3', 'inference.ts:1:8: Unexpected token'],
  ['breaks off', 'export function f(\n', 'inference.ts:'],
  ['is not TypeScript after an enum', 'enum A { B }\nlet a: = 3', 'inference.ts:2:8: Unexpected token'],
])('text that %s is told with its place', (_case, source, message) => {
  expect(() => stripTypes(source, 'inference.ts')).toThrow(message)
})
