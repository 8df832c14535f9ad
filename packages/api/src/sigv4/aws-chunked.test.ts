import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, bytesOf, readAll } from '../http.ts'
import { ChunkedBody, type ChunkedOptions, trailersOf } from './aws-chunked.ts'

/** A well-formed unsigned body of the given chunks. */
function framed(chunks: readonly Uint8Array[], trailer = ''): Buffer {
  const parts = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'])
  return Buffer.concat([...parts, `0\r\n${trailer}\r\n`].map((part) => Buffer.from(part)))
}

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): Bytes {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  let start = 0
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(start, end)
    start = end
  }
}

describe('an aws-chunked body', () => {
  test('is decoded alike however the network cuts it', async () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        async (chunks, cuts) => {
          const wire = framed(chunks, 'x-amz-checksum-crc32:AAAAAA==\r\n')
          const decodedLength = chunks.reduce((sum, each) => sum + each.length, 0)
          const body = new ChunkedBody(inPieces(wire, cuts), {
            trailers: ['x-amz-checksum-crc32'],
            decodedLength,
          })
          expect((await readAll(body, 10_000)).equals(Buffer.concat(chunks))).toBe(true)
          expect(trailersOf(body)?.get('x-amz-checksum-crc32')).toBe('AAAAAA==')
        },
      ),
    )
  })

  const incomplete = 'IncompleteBody'
  const trailers = ['x-amz-checksum-crc32']
  test.each<{ name: string; wire: string; options?: ChunkedOptions; code: string }>([
    { name: 'nothing at all', wire: '', code: incomplete },
    { name: 'an end within a chunk', wire: '5\r\nhel', code: incomplete },
    { name: 'an end before the last chunk', wire: '5\r\nhello\r\n', code: incomplete },
    { name: 'a size that is no number', wire: 'five\r\nhello\r\n0\r\n\r\n', code: incomplete },
    { name: 'a size below zero', wire: '-5\r\nhello\r\n0\r\n\r\n', code: incomplete },
    { name: 'more bytes than the chunk announced', wire: '3\r\nhello\r\n0\r\n\r\n', code: incomplete },
    { name: 'a size line without an end', wire: '1'.repeat(5000), code: incomplete },
    {
      name: 'another decoded length',
      wire: '2\r\nhi\r\n0\r\n\r\n',
      options: { decodedLength: 3 },
      code: incomplete,
    },
    {
      name: 'an announced trailer that is missing',
      wire: '0\r\n\r\n',
      options: { trailers },
      code: 'MalformedTrailerError',
    },
    {
      name: 'a trailer that nobody announced',
      wire: '0\r\nx-a:1\r\n\r\n',
      options: { trailers: [] },
      code: 'MalformedTrailerError',
    },
    {
      name: 'a trailer without a colon',
      wire: '0\r\nx-amz\r\n\r\n',
      options: { trailers },
      code: 'MalformedTrailerError',
    },
    {
      name: 'a trailer with a bad name',
      wire: '0\r\nx a:1\r\n\r\n',
      options: { trailers: ['x a'] },
      code: 'MalformedTrailerError',
    },
    {
      name: 'trailers without end',
      wire: `0\r\n${'x-a:1\r\n'.repeat(5000)}`,
      options: { trailers },
      code: incomplete,
    },
  ])('is refused for $name', async ({ wire, options, code }) => {
    await expect(readAll(new ChunkedBody(bytesOf(wire), options ?? {}), 1000)).rejects.toMatchObject({
      code,
      httpStatus: 400,
    })
  })

  test('gives its last piece only when all of it is right', async () => {
    const seen: string[] = []
    const body = new ChunkedBody(bytesOf('2\r\nhi\r\n5\r\nhello\r\n'), {})
    const reading = (async () => {
      for await (const piece of body) seen.push(String(piece))
    })()
    await expect(reading).rejects.toMatchObject({ code: incomplete })
    expect(seen).toEqual(['hi'])
  })

  test('holds no more than a piece of a chunk, whatever size the chunk announces', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x')
    const pieces = 4096
    async function* wire(): Bytes {
      yield Buffer.from(`${(piece.length * pieces).toString(16)}\r\n`)
      for (let sent = 0; sent < pieces; sent++) yield Buffer.from(piece)
      yield Buffer.from('\r\n0\r\n\r\n')
    }
    const before = process.memoryUsage().arrayBuffers
    let size = 0
    let most = 0
    for await (const part of new ChunkedBody(wire(), {})) {
      size += part.length
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    expect(size).toBe(piece.length * pieces)
    expect(most).toBeLessThan(size / 2)
  })

  test('lets go of its source when its reader stops early', async () => {
    let released = false
    async function* wire(): Bytes {
      try {
        for (;;) yield Buffer.from('2\r\nhi\r\n')
      } finally {
        released = true
      }
    }
    for await (const _ of new ChunkedBody(wire(), {})) break
    expect(released).toBe(true)
  })

  test("passes on its source's own error", async () => {
    async function* wire(): Bytes {
      yield Buffer.from('5\r\nhe')
      throw new Error('the client went away')
    }
    await expect(readAll(new ChunkedBody(wire(), {}), 100)).rejects.toThrow('the client went away')
  })
})
