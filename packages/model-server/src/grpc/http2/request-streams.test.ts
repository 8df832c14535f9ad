import { expect, test } from 'vitest'
import { errorCodes, type Frame, FrameReader, frameTypes } from './frames.ts'
import type { HeaderBlock } from './header-blocks.ts'
import { Outgoing } from './outgoing.ts'
import { RequestStreams, type ResponseStream } from './request-streams.ts'

/** Requests that answer when they are told to; `refused` are the numbers of those that were not begun. */
function opened(maxStreams: number) {
  const refused: number[] = []
  const responses: ResponseStream[] = []
  const reader = new FrameReader()
  const outgoing = new Outgoing((bytes) => void reader.push(bytes, note))
  const note = ({ type, stream, payload }: Frame): void => {
    if (type === frameTypes.rstStream && payload.readUInt32BE() === errorCodes.refusedStream)
      refused.push(stream)
  }
  const streams = new RequestStreams(outgoing, {
    maxStreams,
    onChange: () => undefined,
    open(_headers, response) {
      responses.push(response)
      return { data: () => undefined, cancelled: () => undefined }
    },
  })
  const whole: HeaderBlock = { bytes: Buffer.alloc(0), isEnd: true, isTooLarge: false }
  const begin = (...ids: readonly number[]): readonly number[] => {
    for (const id of ids) streams.takeHeaders(id, new Map(), whole)
    outgoing.flush()
    return refused.splice(0)
  }
  return { streams, responses, begin }
}

test('more requests than allowed are refused until one is given up', () => {
  const { streams, begin } = opened(2)
  expect(begin(1, 3, 5)).toEqual([5])
  streams.takeReset(1)
  expect(begin(7, 9)).toEqual([9])
})

test('a client that takes none of its answers gets no more of them until it gives one up', () => {
  const { streams, responses, begin } = opened(100)
  begin(1, 3)
  for (const response of responses) response.data(Buffer.alloc(140 * 1024 * 1024))
  expect(begin(5)).toEqual([5])
  streams.takeReset(1)
  expect(begin(7)).toEqual([])
})
