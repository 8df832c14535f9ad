import { expect, test } from 'vitest'
import { errorCodes, frameTypes } from './frames.ts'
import { PeerSettingsReader } from './peer-settings.ts'

const framed = (...pairs: readonly (readonly [setting: number, value: number])[]) => {
  const payload = Buffer.alloc(pairs.length * 6)
  for (const [index, [setting, value]] of pairs.entries())
    payload.writeUInt32BE(value, payload.writeUInt16BE(setting, index * 6))
  return { type: frameTypes.settings, flags: 0, stream: 0, payload }
}

test.each([
  ['nothing', framed(), {}],
  ['the last of several', framed([4, 0], [4, 7], [5, 16_384]), { initialBytes: 7, frameBytes: 16_384 }],
  ['no others', framed([1, 0], [2, 1], [77, 5]), {}],
])('reads %s', (_situation, one, found) => {
  expect(new PeerSettingsReader().read(one, 0)).toEqual(found)
})

test.each([
  ['a window too wide', framed([4, 2 ** 31]), errorCodes.flowControlError],
  ['a frame too small', framed([5, 16_383]), errorCodes.protocolError],
  ['a frame too large', framed([5, 2 ** 24]), errorCodes.protocolError],
  ['half a setting', { ...framed(), payload: Buffer.alloc(3) }, errorCodes.frameSizeError],
  ['settings of a stream', { ...framed(), stream: 1 }, errorCodes.frameSizeError],
])('refuses %s', (_situation, one, code) => {
  expect(() => new PeerSettingsReader().read(one, 0)).toThrow(expect.objectContaining({ code }))
})

test('a client may change its mind, but not all the time', () => {
  const reader = new PeerSettingsReader()
  for (let time = 0; time < 100_000; time += 10) reader.read(framed(), time)
  const flood = (): void => {
    for (let count = 0; count < 200; count++) reader.read(framed(), 100_000)
  }
  expect(flood).toThrow(expect.objectContaining({ code: errorCodes.enhanceYourCalm }))
})
