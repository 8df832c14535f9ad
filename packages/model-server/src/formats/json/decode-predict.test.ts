import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Signature } from '../../servable.ts'
import type { DType, Tensor } from '../../tensor.ts'
import { signatureOf } from '../../testing/plain-servable.ts'
import { decodePredict } from './decode-predict.ts'
import { fastPredict } from './fast-predict.ts'
import { ByteWriter } from './writing/byte-writer.ts'
import { elementWriter } from './writing/write-tensor.ts'

const of = (dtype: DType, name = 'x') => signatureOf({ [name]: { dtype } })
const only = (signature: Signature) => new Map([['serving_default', signature]])

/** Elements as the JSON writer shows them. */
function shown(tensor: Tensor | undefined): string[] {
  if (!tensor) return []
  const write = elementWriter(tensor, false)
  const count = tensor.shape.reduce((product, size) => product * size, 1)
  return Array.from({ length: count }, (_, index) => {
    const writer = new ByteWriter()
    write(writer, index)
    return writer.finish().toString('latin1')
  })
}

function decode(body: string, signature: Signature) {
  const { layout, inputs } = decodePredict(Buffer.from(body), only(signature))
  const tensors = [...inputs].map(([name, tensor]) => [name, tensor.shape, shown(tensor)] as const)
  return { layout, tensors }
}

const two = signatureOf({ a: { dtype: 'int32' }, b: { dtype: 'string' } })
const b64 = (text: string) => `{"b64":"${Buffer.from(text).toString('base64')}"}`

describe('decodePredict', () => {
  test.each([
    [
      'int rows',
      of('int32'),
      '{"instances": [[1,2],[3,4],[5,6]]}',
      'row',
      [3, 2],
      ['1', '2', '3', '4', '5', '6'],
    ],
    [
      'named rows of one input',
      of('int32'),
      '{"instances": [{"x": [1]}, {"x": [2]}]}',
      'row',
      [2, 1],
      ['1', '2'],
    ],
    [
      'doubles written as integers',
      of('float64'),
      '{"instances": [1.0, 2, 3, 4, 0.662, 0, 0.0]}',
      'row',
      [7],
      ['1.0', '2.0', '3.0', '4.0', '0.662', '0.0', '0.0'],
    ],
    [
      'floats too large',
      of('float32'),
      '{"instances": [1.7976931348623157e308, -1e300]}',
      'row',
      [2],
      ['Infinity', '-Infinity'],
    ],
    [
      'not finite',
      of('float32'),
      '{"instances": [NaN, Inf, -Infinity]}',
      'row',
      [3],
      ['NaN', 'Infinity', '-Infinity'],
    ],
    [
      'base64',
      of('string'),
      `{"instances": [${b64('hello')},${b64('world')}]}`,
      'row',
      [2],
      ['"hello"', '"world"'],
    ],
    ['base64 without padding', of('string'), '{"instances": [{"b64":"aGVsbG8"}]}', 'row', [1], ['"hello"']],
    [
      'nested base64',
      of('string'),
      `{"instances": [{"x": [[${b64('a')}],[${b64('b')}]]}]}`,
      'row',
      [1, 2, 1],
      ['"a"', '"b"'],
    ],
    [
      'columns by name',
      of('int32'),
      '{"inputs":{"x":[[[1,2],[3,4],[5,6]]]}}',
      'columnar',
      [1, 3, 2],
      ['1', '2', '3', '4', '5', '6'],
    ],
    ['one column', of('int32'), '{"inputs":[[[1,2]]]}', 'columnar', [1, 1, 2], ['1', '2']],
    ['a scalar', of('float32'), '{"inputs": 3}', 'columnar', [], ['3.0']],
    ['a base64 scalar', of('string'), `{"inputs": ${b64('hi')}}`, 'columnar', [], ['"hi"']],
    ['empty lists', of('float32'), '{"instances": [[], []]}', 'row', [2, 0], []],
    ['the first of two keys', of('int32'), '{"instances": [1], "instances": [2]}', 'row', [1], ['1']],
    [
      'int64 to the last digit',
      of('int64'),
      '{"instances": [9223372036854775807, -9223372036854775808]}',
      'row',
      [2],
      ['9223372036854775807', '-9223372036854775808'],
    ],
    [
      'uint64 to the last digit',
      of('uint64'),
      '{"instances": [18446744073709551615]}',
      'row',
      [1],
      ['18446744073709551615'],
    ],
    ['uint32', of('uint32'), '{"instances": [4294967295]}', 'row', [1], ['4294967295']],
    ['bytes cut off', of('uint8'), '{"instances": [256, -1]}', 'row', [2], ['0', '255']],
    ['bool', of('bool'), '{"instances": [true, false]}', 'row', [2], ['true', 'false']],
    ['half', of('float16'), '{"instances": [0.1, 1e6]}', 'row', [2], ['0.0999756', 'Infinity']],
    ['bfloat16', of('bfloat16'), '{"instances": [0.1]}', 'row', [1], ['0.100098']],
    ['uint16', of('uint16'), '{"instances": [65535]}', 'row', [1], ['65535']],
  ] as const)('reads %s', (_situation, signature, body, layout, shape, elements) => {
    expect(decode(body, signature)).toEqual({ layout, tensors: [['x', shape, elements]] })
  })

  test('reads several inputs, row by row and column by column', () => {
    const tensors = [
      ['a', [2], ['1', '2']],
      ['b', [2], ['"p"', '"q"']],
    ]
    const rows = decode('{"instances": [{"a":1,"b":"p"},{"b":"q","a":2}]}', two)
    expect(rows.tensors.toSorted()).toEqual(tensors)
    expect(decode('{"inputs": {"b":["p","q"],"a":[1,2],"c":"ignored"}}', two).tensors).toEqual(tensors)
  })

  test('reads by the signature that is named, before or after the tensors', () => {
    const signatures = new Map([
      ['serving_default', of('float32')],
      ['other', of('int32', 'n')],
    ])
    for (const body of [
      '{"signature_name":"other","instances":[1]}',
      '{"instances":[1],"signature_name":"other"}',
    ]) {
      const document = decodePredict(Buffer.from(body), signatures)
      expect([document.signature, shown(document.inputs.get('n'))]).toEqual(['other', ['1']])
      const fast = fastPredict(Buffer.from(body), signatures)
      expect([fast?.signature ?? 'other', shown(fast?.inputs.get('n') ?? document.inputs.get('n'))]).toEqual([
        'other',
        ['1'],
      ])
    }
  })

  const place = "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: "
  test.each([
    ['nothing', two, '', 'JSON Parse error: The document is empty'],
    ['a list', two, '[1]', 'JSON Value: [\n    1\n] Is not object'],
    ['both keys', two, '{"instances":[1],"inputs":[1]}', 'Not formatted correctly expecting only one'],
    ['neither key', two, '{}', "Missing 'inputs' or 'instances' key"],
    [
      'a signature name that is a list',
      two,
      `{"signature_name":${'['.repeat(500_000)}${']'.repeat(500_000)}}`,
      'key must be a string value',
    ],
    [
      'an unknown signature',
      two,
      '{"signature_name":"no","instances":[1]}',
      'Serving signature name: "no" not found in signature def',
    ],
    [
      'a signature without inputs',
      signatureOf({}),
      '{"inputs":{}}',
      'Failed to get input map for signature: DEFAULT',
    ],
    [
      'instances that are no list',
      of('int32'),
      '{"instances":5}',
      "Expecting 'instances' to be an list/array",
    ],
    ['no instances', of('int32'), '{"instances":[]}', "No values in 'instances' array"],
    [
      'a plain list for two inputs',
      two,
      '{"instances":[1]}',
      'instances is a plain list, but expecting list of objects',
    ],
    [
      'a plain value for two inputs',
      two,
      '{"inputs":[1]}',
      'inputs is a plain value/list, but expecting an object',
    ],
    [
      'a list after an object',
      two,
      '{"instances":[{"a":1,"b":"x"},[1]]}',
      'Expecting object but got list at item 1 of input list',
    ],
    [
      'an object after a list',
      of('int32'),
      '{"instances":[1,{"x":1}]}',
      'Expecting value/list but got object at item 1 of input list',
    ],
    [
      'too few names',
      two,
      '{"instances":[{"a":1}]}',
      'Failed to process element: 0 of \'instances\' list. JSON object: {\n    "a": 1\n} keys must be equal to: a,b',
    ],
    [
      'an unknown name',
      of('int32'),
      '{"instances":[{"junk":"data"}]}',
      "Failed to process element: 0 key: junk of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: junk",
    ],
    ['a missing column', two, '{"inputs":{"a":[1]}}', "Missing named input: b in 'inputs' object."],
    [
      'a string for a float',
      of('float32'),
      '{"instances":["]["]}',
      `${place}JSON Value: "][" Type: String is not of expected type: float`,
    ],
    [
      'a decimal for an int',
      of('int32'),
      '{"inputs":[1.0]}',
      'JSON Value: 1.0 Type: Number is not of expected type: int32',
    ],
    [
      'an int out of range',
      of('int32'),
      '{"inputs":[2147483648]}',
      'JSON Value: 2147483648 Type: Number is not of expected type: int32',
    ],
    ['a huge integer', of('int64'), `{"inputs":[${'9'.repeat(300)}]}`, 'is not of expected type: int64'],
    [
      'null',
      of('float32'),
      '{"inputs":[null]}',
      'JSON Value: null Type: Null is not of expected type: float',
    ],
    [
      'true for a number',
      of('float32'),
      '{"inputs":true}',
      'JSON Value: true Type: True is not of expected type: float',
    ],
    ['bad base64', of('string'), '{"inputs":[{"b64":"!"}]}', 'Unable to base64 decode'],
    ['wrong padding', of('string'), '{"inputs":[{"b64":"aGVsbG8=="}]}', 'Unable to base64 decode'],
    [
      'base64 that is no string',
      of('string'),
      '{"inputs":[{"b64":1}]}',
      'not formatted correctly for base64 data',
    ],
    [
      'uneven lists',
      of('int32'),
      '{"inputs":[[1,2],[3]]}',
      'Encountered list at unexpected size: 1 at level: 1 expected size: 2',
    ],
    [
      'a value beside a list',
      of('int32'),
      '{"inputs":[[1],2]}',
      'JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2',
    ],
    [
      'a list beside a value',
      of('int32'),
      '{"inputs":[1,[2]]}',
      'Encountered list at unexpected level: 1 expected < 1',
    ],
    [
      'instances of other size',
      of('int32'),
      '{"instances":[[1,2],[3]]}',
      'Expecting tensor size: 2 but got: 1',
    ],
    [
      'instances of other shape',
      of('int32'),
      '{"instances":[[1,2],[3,4],[[5,6]]]}',
      'Expecting shape [2] but got: [1,2]',
    ],
    ['a scalar and a list', of('int32'), '{"instances":[1,[1]]}', 'Expecting shape [] but got: [1]'],
    [
      'lists too deep',
      of('int32'),
      `{"inputs":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      'nested deeper than 64 levels',
    ],
  ])('refuses %s', (_situation, signature, body, message) => {
    expect(() => decodePredict(Buffer.from(body), only(signature))).toThrow(message)
    expect(fastPredict(Buffer.from(body), only(signature))).toBeUndefined()
  })

  test.each([
    ['{"inputs":[1]}', 'UNIMPLEMENTED', 'Conversion of JSON Value: 1 to type: complex64'],
    [
      '{"instances":[1]}',
      'INVALID_ARGUMENT',
      `Failed to process element: 0 of 'instances' list. Error: UNIMPLEMENTED: Conversion`,
    ],
  ])('says of %s that complex numbers cannot be sent', (body, code, message) => {
    const complex: Signature = {
      ...of('float32'),
      inputs: new Map([['x', { node: 'x:0', typeCode: 8, dtype: undefined, shape: [-1] }]]),
    }
    expect(() => decodePredict(Buffer.from(body), only(complex))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })

  test('cuts values in messages after 256 characters', () => {
    const body = `{"inputs":["${'x'.repeat(5000)}"]}`
    expect(() => decodePredict(Buffer.from(body), only(of('float32')))).toThrow(
      /^JSON Value: "x{255}\.\.\. Type/,
    )
  })
})

describe('fastPredict', () => {
  const numbers = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, -0, 2147483647, 255),
  )
  const value = fc.oneof(
    { weight: 5, arbitrary: fc.array(numbers, { maxLength: 4 }) },
    { weight: 3, arbitrary: fc.array(fc.array(numbers, { minLength: 2, maxLength: 2 }), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.oneof(numbers, fc.constantFrom('text', null, true, {}, [[1], 2], [[]])) },
  )
  const documents = fc.oneof(
    fc.record({ instances: value }),
    fc.record({ inputs: value }),
    fc.record({ inputs: fc.record({ x: value }) }),
    fc.record({ signature_name: fc.constantFrom('serving_default', 'other', 'none'), instances: value }),
    fc.record({ instances: value, more: numbers }),
  )
  const dtypes = fc.constantFrom<DType[]>(
    'float32',
    'float64',
    'int32',
    'int64',
    'uint8',
    'int16',
    'bool',
    'string',
  )

  test('gives what the exact decoder gives, wherever it gives anything', () => {
    const asked = { fast: 0 }
    fc.assert(
      fc.property(documents, dtypes, (document, dtype) => {
        const signatures = new Map([
          ['serving_default', of(dtype)],
          ['other', of('float32')],
        ])
        const body = Buffer.from(JSON.stringify(document))
        const fast = fastPredict(body, signatures)
        if (!fast) return
        asked.fast++
        const exact = decodePredict(body, signatures)
        const plain = (tensors: typeof fast.inputs) =>
          [...tensors].map(([name, tensor]) => [name, tensor.dtype, tensor.shape, [...tensor.data]])
        expect({ ...fast, inputs: plain(fast.inputs) }).toEqual({ ...exact, inputs: plain(exact.inputs) })
      }),
      { numRuns: 800 },
    )
    expect(asked.fast).toBeGreaterThan(80)
  })
})
