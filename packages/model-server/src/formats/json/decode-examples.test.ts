import { describe, expect, test } from 'vitest'
import { ProtobufReader } from '../protobuf.ts'
import { decodeExamples } from './decode-examples.ts'

const decode = (body: string) => decodeExamples(Buffer.from(body), 'classify')

/** The features of a serialized example, each as its list's field number and raw bytes. */
function features(example: Uint8Array): Record<string, [number, string]> {
  const result: Record<string, [number, string]> = {}
  const outer = new ProtobufReader(example)
  while (outer.next()) {
    const all = outer.message()
    while (all.next()) {
      const entry = all.message()
      let name = ''
      while (entry.next()) {
        if (entry.field === 1) name = entry.text()
        else {
          const feature = entry.message()
          result[name] = feature.next()
            ? [feature.field, Buffer.from(feature.bytes()).toString('hex')]
            : [0, '']
        }
      }
    }
  }
  return result
}

describe('decodeExamples', () => {
  test('tells bytes, floats and integers apart by the way they are written', () => {
    const { examples } = decode(
      '{"examples":[{"names":["foo","bar"],"ratings":[8.0,9.0],"age":20,"flag":true,"none":[]},{"names":"b"}]}',
    )
    expect(examples.map(features)).toEqual([
      {
        names: [1, '0a03666f6f0a03626172'],
        ratings: [2, '0a080000004100001041'],
        age: [3, '0a0114'],
        flag: [3, '0a0101'],
        none: [0, ''],
      },
      { names: [1, '0a0162'] },
    ])
  })

  test('writes negative integers in ten bytes', () => {
    expect(features(decode('{"examples":[{"n":-1}]}').examples[0] ?? Buffer.alloc(0))).toEqual({
      n: [3, '0a0affffffffffffffffff01'],
    })
  })

  test('puts the context before each example, whose own features win', () => {
    const { examples } = decode('{"context":{"a":1,"b":1},"examples":[{"b":2},{}]}')
    expect(examples.map(features)).toEqual([
      { a: [3, '0a0101'], b: [3, '0a0102'] },
      { a: [3, '0a0101'], b: [3, '0a0101'] },
    ])
  })

  test.each([
    ['', 'JSON Parse error: The document is empty'],
    ['{"signature_name":[],"examples":[{}]}', "'signature_name' key must be a string value."],
    ['{"context":[1],"examples":[{}]}', 'Example must be JSON object but got JSON Array'],
    ['{}', "When method is classify, key 'examples' is expected and was not found"],
    ['{"examples":{}}', "Expecting 'examples' value to be an list/array"],
    ['{"examples":[]}', "'examples' value is an empty array"],
    ['{"examples":[[{}]]}', 'Example must be JSON object but got JSON Array'],
    ['{"examples":[{"names":[10,null]}]}', 'Feature: names has element with unexpected JSON type: Null'],
    ['{"examples":[{"names":[10,10.0]}]}', 'Unexpected element type in feature: names expecting type: int64'],
    [
      '{"examples":[{"names":[10,{"test":10}]}]}',
      'Feature: names has element with unexpected JSON type: Object',
    ],
    ['{"examples":[{"names":[[10],20]}]}', 'Feature: names has element with unexpected JSON type: Array'],
    [
      '{"examples":[{"n":[20,18446744073709551603]}]}',
      'Feature: n has uint64_t element. Only int64_t is supported.',
    ],
  ])('refuses %s', (body, message) => {
    expect(() => decode(body)).toThrow(message)
  })
})
