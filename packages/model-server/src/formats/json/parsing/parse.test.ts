import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberAt } from '../element-writers.ts'
import { parseJson } from './parse.ts'
import { kind, type Tape } from './tape.ts'

function valueAt(tape: Tape, row: number): unknown {
  switch (tape.kind(row)) {
    case kind.null:
      return null
    case kind.false:
      return false
    case kind.true:
      return true
    case kind.string:
      return tape.stringBytes(row).toString('utf8')
    case kind.array:
      return Array.from(tape.elements(row), (element) => valueAt(tape, element))
    case kind.object:
      return Object.fromEntries(
        Array.from(tape.members(row), ([name, value]) => [name, valueAt(tape, value)]),
      )
    default:
      return numberAt(tape, row)
  }
}

const parsed = (text: string | Uint8Array): unknown => valueAt(parseJson(Buffer.from(text)), 0)

describe('parseJson', () => {
  test('reads every document that JSON.parse reads, to the same value', () => {
    const document = fc.json({ maxDepth: 6 }).filter((text) => !text.includes('__proto__'))
    const indent = fc.constantFrom(undefined, 1, '\t', '\r\n')
    fc.assert(
      fc.property(document, indent, (text, space) => {
        const written = space === undefined ? text : JSON.stringify(JSON.parse(text), undefined, space)
        expect(parsed(written)).toEqual(JSON.parse(written))
      }),
      { numRuns: 300 },
    )
  })

  test('never fails but with a StatusError, whatever the bytes are', () => {
    const alphabet = fc.constantFrom(...'{}[]",:\\u0123eE+-.tfn IaN\n'.split(''), '\u0001', 'é')
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 30 }), (letters) => {
        try {
          parseJson(Buffer.from(letters.join('')))
        } catch (error) {
          expect(error).toMatchObject({ name: 'StatusError', code: 'INVALID_ARGUMENT' })
        }
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['NaN', Number.NaN],
    ['-NaN', Number.NaN],
    ['Inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['[1]garbage', [1]],
    ['\uFEFF[1]', [1]],
    [' \n\t\r 7', 7],
    ['"\\ud83d\\ude00\\u00e9\\/"', '😀é/'],
  ])('accepts %s beyond strict JSON', (text, value) => {
    expect(parsed(text)).toEqual(value)
  })

  test('keeps bytes that are not UTF-8', () => {
    const tape = parseJson(Buffer.from([0x22, 0xff, 0xfe, 0x5c, 0x6e, 0x22]))
    expect([...tape.stringBytes(0)]).toEqual([0xff, 0xfe, 10])
  })

  test('takes the first of two members of one name', () => {
    const tape = parseJson(Buffer.from('{"a": 1, "a": 2}'))
    expect(numberAt(tape, tape.member(0, 'a') ?? 0)).toBe(1)
  })

  test('reads half a million nested lists without running out of stack', () => {
    const depth = 500_000
    const tape = parseJson(Buffer.from('['.repeat(depth) + ']'.repeat(depth)))
    expect(tape.length).toBe(depth)
  })

  test('refuses more values than it has memory for, however they are nested', () => {
    for (const text of ['['.repeat(2000), `[${'1,'.repeat(2000)}`, '[{"a":'.repeat(2000)]) {
      expect(() => parseJson(Buffer.from(text), 1000)).toThrow('JSON Parse error: More than 1000 values.')
    }
  })

  test.each([
    ['', 'The document is empty'],
    ['  \n', 'The document is empty'],
    ['whatever', 'Invalid value. at offset: 0'],
    ['{"instances":[whatever]}', 'Invalid value. at offset: 14'],
    ['[1 2]', 'Missing a comma or ] after an array element. at offset: 3'],
    ['[1,]', 'Invalid value. at offset: 3'],
    ['[1', 'Missing a comma or ] after an array element. at offset: 2'],
    ['{"a":1 "b":2}', 'Missing a comma or } after an object member. at offset: 7'],
    ['{"a" 1}', 'Missing a colon after a name of object member. at offset: 5'],
    ["{'instances': [1]}", 'Missing a name for object member. at offset: 1'],
    ['{"a":1,}', 'Missing a name for object member. at offset: 7'],
    ['"abc', 'Missing a closing quotation mark in string. at offset: 4'],
    ['"a\nb"', 'Invalid encoding in string. at offset: 2'],
    ['"\\x"', 'Invalid escape character in string. at offset: 1'],
    ['"\\u12g4"', 'Incorrect hex digit after \\u escape in string. at offset: 1'],
    ['"\\ud800"', 'The surrogate pair in string is invalid. at offset: 1'],
    ['1.', 'Miss fraction part in number. at offset: 2'],
    ['1e', 'Miss exponent in number. at offset: 2'],
    ['+1', 'Invalid value. at offset: 0'],
    ['.5', 'Invalid value. at offset: 0'],
    ['1e400', 'Number too big to be stored in double. at offset: 0'],
    [`${'9'.repeat(400)}`, 'Number too big to be stored in double. at offset: 0'],
    ['tru', 'Invalid value. at offset: 3'],
    ['-', 'Invalid value. at offset: 1'],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => parsed(text)).toThrow(`JSON Parse error: ${message}`)
  })
})
