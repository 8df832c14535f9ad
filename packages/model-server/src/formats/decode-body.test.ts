import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StatusError } from '../status.ts'
import { signatureOf } from '../testing/plain-servable.ts'
import { type BodyFormat, decodeBody, servingJson } from './decode-body.ts'
import { decodePredict } from './json/decode-predict.ts'

const dtypes = ['float32', 'float64', 'int32', 'int64', 'uint8'] as const
const signatures = new Map([
  ...dtypes.map((dtype) => [dtype, signatureOf({ x: { dtype } })] as const),
  ['serving_default', signatureOf({ x: { dtype: 'float32' } })] as const,
  ['words', signatureOf({ x: { dtype: 'string' } })] as const,
])

type Outcome = { readonly shape: readonly number[]; readonly data: readonly unknown[] } | string

function outcome(act: () => ReturnType<typeof decodeBody>): Outcome {
  try {
    const tensor = act().inputs.get('x')
    return { shape: tensor?.shape ?? [], data: tensor ? [...tensor.data].map(plain) : [] }
  } catch (error) {
    if (error instanceof StatusError) return error.message
    throw error
  }
}
const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value

const decoded = (format: BodyFormat, text: string, signature = 'serving_default', isStrict = false) =>
  outcome(() =>
    decodeBody(
      { format, body: Buffer.from(text), signature, rules: { level: '2.19', isStrict } },
      signatures,
    ),
  )

/** By way of the text that the container posts. */
function posted(format: BodyFormat, text: string, signature: string): Outcome {
  const rules = { level: '2.19', isStrict: true } as const
  const json = servingJson({ format, body: Buffer.from(text), rules })
  return outcome(() => decodePredict(json, signatures, signature))
}

const number = fc.oneof(
  fc.integer({ min: -200, max: 300 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('-0', '0.50', '1e3', '1E-2', '12345678901234567890', '3.', '01', '+1', 'NaN', ''),
)
const numbers = fc.array(number, { minLength: 1, maxLength: 4 })
const blank = fc.constantFrom('', ' ', '\t', '  ')
const lineEnd = fc.constantFrom('\n', '\r\n', '\n\n', ' \n', '\n \r\n', '\r', '')
const dtype = fc.constantFrom(...dtypes)

describe('the short way', () => {
  test('reads every CSV as the container and TensorFlow Serving together do', () => {
    const line = fc
      .tuple(numbers, blank, blank)
      .map(([row, before, after]) => before + row.join(`${after},${before}`))
    const body = fc.array(fc.tuple(line, lineEnd), { maxLength: 5 }).map((lines) => lines.flat().join(''))
    fc.assert(
      fc.property(body, dtype, (text, signature) => {
        expect(decoded('csv', text, signature, true)).toEqual(posted('csv', text, signature))
      }),
      { numRuns: 3000 },
    )
  })

  test('reads lists on lines, and one list, as the container and TensorFlow Serving together do', () => {
    const list = fc.tuple(numbers, blank).map(([row, space]) => `[${space}${row.join(`,${space}`)}${space}]`)
    const value = fc.oneof(
      list,
      fc.array(list, { minLength: 1, maxLength: 3 }).map((all) => `[${all.join(',\n')}]`),
      number,
    )
    const body = fc.array(fc.tuple(value, lineEnd), { maxLength: 4 }).map((lines) => lines.flat().join(''))
    fc.assert(
      fc.property(body, dtype, (text, signature) => {
        expect(decoded('json-lines', text, signature, true)).toEqual(posted('json-lines', text, signature))
      }),
      { numRuns: 3000 },
    )
  })

  test('reads what was written, whatever its size', () => {
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, columns]) => {
        const row = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
          minLength: columns,
          maxLength: columns,
        })
        return fc.array(row, { minLength: rows, maxLength: rows })
      })
    fc.assert(
      fc.property(matrix, (rows) => {
        const bytes = [...new Uint8Array(Float32Array.from(rows.flat()).buffer)]
        const columns = rows[0]?.length ?? 0
        const shape = columns === 1 ? [rows.length] : [rows.length, columns]
        expect(decoded('csv', rows.map((row) => row.map(written).join(',')).join('\n'))).toEqual({
          shape,
          data: bytes,
        })
        const lines = rows.map((row) => `[${row.map(written).join(',')}]`).join('\n')
        expect(decoded('json-lines', lines)).toEqual({ shape: [rows.length, columns], data: bytes })
      }),
      { numRuns: 300 },
    )
  })
})

const written = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

describe('unless strict', () => {
  const words = (shape: number[], ...data: string[]) => ({ shape, data })
  test.each([
    ['every comma of text', 'a,b,c', words([1, 3], 'a', 'b', 'c')],
    ['numbers among text', 'iris,0.5', words([1, 2], 'iris', '0.5')],
    ['a column of text', 'one\n2\nthree', words([3], 'one', '2', 'three')],
    ['quoted fields', '"a","b, c"', words([1, 2], 'a', 'b, c')],
    ['doubled quotes', '"say ""yes""",b', words([1, 2], 'say "yes"', 'b')],
    ['backslashes', 'a\\b,c', words([1, 2], 'a\\b', 'c')],
    ['control characters', 'a\tb,c', words([1, 2], 'a\tb', 'c')],
    ['letters that numbers have too', 'east,west', words([1, 2], 'east', 'west')],
    ['an empty field', '"a",,"b"', words([1, 3], 'a', '', 'b')],
    ['UTF-8', 'grün,日本', words([1, 2], 'gr\xc3\xbcn', Buffer.from('日本').toString('latin1'))],
    ['a quoted comma in one column, a list as ever', '"hello, world"', words([1, 1], 'hello, world')],
  ])('level 2.19 reads CSV with %s', (_situation, text, expected) => {
    expect(decoded('csv', text, 'words')).toEqual(expected)
  })

  test('level 2.19 takes a number that is none', () => {
    expect(decoded('csv', '0,NaN')).toEqual({ shape: [1, 2], data: [0, 0, 0, 0, 0, 0, 192, 127] })
  })

  test('any bytes get an answer', () => {
    const format = fc.constantFrom<BodyFormat>('csv', 'json-lines', 'container-json', 'npy')
    const fragments = fc.array(
      fc.oneof(
        fc.constantFrom('"', ',', '\n', '\r', '[', ']', '{', '}', ':', '1', '-', 'e', 'a', '\\', '\0'),
        fc.string(),
      ),
    )
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      fragments.map((parts) => Buffer.from(parts.join(''))),
    )
    fc.assert(
      fc.property(
        format,
        body,
        fc.constantFrom('2.19', '2.20'),
        fc.boolean(),
        (chosen, bytes, level, isStrict) => {
          const request = { format: chosen, body: bytes, rules: { level, isStrict } } as const
          expect(['string', 'object']).toContain(typeof outcome(() => decodeBody(request, signatures)))
        },
      ),
      { numRuns: 5000 },
    )
  })

  test('long blanks, lines and quotes are read in linear time', () => {
    const long = 400_000
    const blanks = '\n'.repeat(long)
    for (const [format, text] of [
      ['csv', `1,2${' '.repeat(long)}x`],
      ['csv', '1\n'.repeat(long)],
      ['csv', '"'.repeat(long)],
      ['csv', `a${','.repeat(long)}`],
      ['json-lines', `["a"]${blanks}["b"]${blanks}`],
      ['json-lines', `"a"${blanks}"b"`],
    ] as const) {
      // In quadratic time it would not end within the test's time.
      expect(() => decoded(format, text, 'words')).not.toThrow()
    }
  })
})
