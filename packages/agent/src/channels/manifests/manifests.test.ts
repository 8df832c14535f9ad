import { describe, expect, it } from 'vitest'
import { parseAugmentedManifest } from './augmented-manifest.ts'
import { parseManifest } from './manifest.ts'

const uri = 's3://bucket/manifest'

describe('parseManifest', () => {
  it('gives bucket, prefix and entries in their order', () => {
    expect(parseManifest('[{"prefix":"s3://b/p/"},"z","a/b"]', uri)).toEqual({
      bucket: 'b',
      prefix: 'p/',
      entries: ['z', 'a/b'],
    })
    expect(parseManifest('[{"prefix":"s3://b"}]', uri)).toEqual({ bucket: 'b', prefix: '', entries: [] })
  })

  it.each([
    [
      'no JSON',
      '[{"prefix": "s3://é/"}, oops]',
      /^the manifest s3:\/\/bucket\/manifest is invalid: it is not JSON at byte 25/,
    ],
    ['cut off', '[{"prefix"', /it ends too soon/],
    ['cut off in a text', '[{"prefix":"s3:', /it ends too soon/],
    ['no list', '{}', /it is no list/],
    ['empty', '[]', /first element/],
    ['without a prefix', '["a"]', /first element/],
    ['with a prefix elsewhere', '[{"prefix":"https://b"},"a"]', /its prefix "https:\/\/b" is no S3 URI/],
    ['with an entry that is no text', '[{"prefix":"s3://b/"},"a",3]', /its element 2 is no text/],
  ])('refuses one that is %s', (_situation, text, message) => {
    expect(() => parseManifest(text, uri)).toThrow(message)
  })
})

describe('parseAugmentedManifest', () => {
  const parse = (text: string, ...attributes: string[]) => parseAugmentedManifest(text, { uri, attributes })

  it('takes the wanted attributes in the wanted order', () => {
    const text =
      '{"class":3,"source-ref":"s3://b/k/1.jpg","other":null}\n\n{"source-ref":"s3://b/2","class":"cat"}\n'
    expect(parse(text, 'source-ref', 'class')).toEqual([
      [
        { kind: 'reference', bucket: 'b', key: 'k/1.jpg' },
        { kind: 'text', text: '3' },
      ],
      [
        { kind: 'reference', bucket: 'b', key: '2' },
        { kind: 'text', text: 'cat' },
      ],
    ])
    expect(parse('{"a":{"b":[1, null]}}', 'a')).toEqual([[{ kind: 'text', text: '{"b":[1,null]}' }]])
  })

  it.each([
    ['no JSON', '{"a":"é"}\n{oops}\n', /s3:\/\/bucket\/manifest at byte 11 is invalid: it is no JSON object/],
    ['no object', '[]', /at byte 0 is invalid: it is no JSON object/],
    ['without the attribute', '{"b":1}', /it has no attribute "a"/],
  ])('names the place of a line that is %s', (_situation, text, message) => {
    expect(() => parse(text, 'a')).toThrow(message)
  })

  it('refuses a reference to no object', () => {
    expect(() => parse('{"a-ref":"s3://bucket"}', 'a-ref')).toThrow(/"a-ref" is no S3 URI/)
  })
})
