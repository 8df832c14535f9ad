import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeXml, MalformedXmlText, maximumXml, parseXml } from './element.ts'

const parse = (text: string) => parseXml(Buffer.from(text))

describe('parseXml', () => {
  it.each([
    ['text', '<a>b</a>', { name: 'a', text: 'b' }],
    ['spaces as they stand', '<a> b\n </a>', { text: ' b\n ' }],
    ['line ends as one', '<a>b\r\nc\rd</a>', { text: 'b\nc\nd' }],
    ['a prefix', '<s3:a xmlns:s3="u">b</s3:a>', { name: 'a', text: 'b' }],
    ['attributes, passed over', `<a b="x>y" c='"' d = "1">e</a>`, { text: 'e' }],
    ['an empty element', '<a/>', { text: '', children: [] }],
    ['an empty element with an attribute', '<a b="/" />', { text: '' }],
    ['the five entities', '<a>&lt;&amp;&gt;&quot;&apos;</a>', { text: '<&>"\'' }],
    ['character references', '<a>&#65;&#x1F600;&#xD;</a>', { text: 'A😀\r' }],
    ['character data', '<a><![CDATA[<b>&amp;]]></a>', { text: '<b>&amp;' }],
    [
      'a declaration, comments and instructions',
      '\ufeff<?xml version="1.0"?><!-- < --><a><?x > ?>b</a>\n',
      { text: 'b' },
    ],
  ])('reads %s', (_, text, expected) => {
    expect(parse(text)).toMatchObject(expected)
  })

  it('reads elements in order', () => {
    const { children } = parse('<a><b>1</b> <c/><b>2</b></a>')
    expect(children.map(({ name, text }) => [name, text])).toEqual([
      ['b', '1'],
      ['c', ''],
      ['b', '2'],
    ])
  })

  it.each([
    ['nothing', ''],
    ['text alone', 'a'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>b'],
    ['an element that is not closed', '<a><b></b>'],
    ['elements that cross', '<a><b></a></b>'],
    ['an end without a start', '</a>'],
    ['a tag that does not end', '<a'],
    ['a quote that does not end', '<a b="c>'],
    ['an attribute without quotes', '<a b=c/>'],
    ['a name that is none', '<1/>'],
    ['an ampersand alone', '<a>b & c</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a reference to no character', '<a>&#xD800;</a>'],
    ['a reference past Unicode', '<a>&#x110000;</a>'],
    ['a comment that does not end', '<a><!-- </a>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['entities that grow', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
    ['nesting without end', '<a>'.repeat(maximumXml.depth + 1) + '</a>'.repeat(maximumXml.depth + 1)],
    ['elements without end', `<a>${'<b/>'.repeat(maximumXml.elements)}</a>`],
    ['a tag without end', `<a ${'b'.repeat(maximumXml.tagCharacters)}="c"/>`],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text)).toThrow(MalformedXmlText)
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]))).toThrow(
      MalformedXmlText,
    )
  })

  it('reads back what escapeXml writes, whatever the text', () => {
    const texts = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))
    fc.assert(fc.property(texts, (text) => parse(`<a>${escapeXml(text)}</a>`).text === text))
  })

  it('fails with nothing but MalformedXmlText on any text', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '"',
      "'",
      '=',
      ' ',
      '&',
      ';',
      '#',
      'x',
      '!',
      '-',
      '[',
      ']',
      '?',
    )
    fc.assert(
      fc.property(fc.string({ unit: pieces, maxLength: 30 }), (text) => {
        try {
          parse(text)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedXmlText)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
