import { type Frame, frame, frameFlags, frameTypes } from './frames.ts'

/** Source: RFC 9113, section 6.5.2. */
export const settings = { maxStreams: 3, initialWindowBytes: 4, maxFrameBytes: 5, maxHeaderListBytes: 6 }

const nothing = Buffer.alloc(0)

/** Of pairs: which setting, and its value. */
export function settingsFrame(values: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(values.length * 6)
  for (const [index, [setting, value]] of values.entries()) {
    payload.writeUInt32BE(value, payload.writeUInt16BE(setting, index * 6))
  }
  return frame({ type: frameTypes.settings, flags: 0, stream: 0, payload })
}

export const settingsSeen = frame({
  type: frameTypes.settings,
  flags: frameFlags.ack,
  stream: 0,
  payload: nothing,
})

/** `payload` is of 8 bytes. */
export const pingFrame = (payload: Buffer): Buffer =>
  frame({ type: frameTypes.ping, flags: 0, stream: 0, payload })

export const pingAnswer = ({ payload }: Frame): Buffer =>
  frame({ type: frameTypes.ping, flags: frameFlags.ack, stream: 0, payload })

export const resetFrame = (stream: number, code: number): Buffer =>
  frame({ type: frameTypes.rstStream, flags: 0, stream, payload: numbers(code) })

export const windowUpdateFrame = (stream: number, byteCount: number): Buffer =>
  frame({ type: frameTypes.windowUpdate, flags: 0, stream, payload: numbers(byteCount) })

/** No stream after that one has been looked at. */
export const goAwayFrame = (lastStream: number, code: number): Buffer =>
  frame({ type: frameTypes.goAway, flags: 0, stream: 0, payload: numbers(lastStream, code) })

function numbers(...values: readonly number[]): Buffer {
  const payload = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) payload.writeUInt32BE(value, index * 4)
  return payload
}
