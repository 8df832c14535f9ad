import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { FrameReader, frame, frameFlags, frameTypes } from '../http2/frames.ts'
import { headerBlock } from '../http2/response-headers.ts'
import type { Transport } from '../transport/transport.ts'
import { grpcHeaders } from './echo-transport.ts'

/** A client that says exactly what it is told to. */
export async function connectRaw(to: Transport): Promise<Socket> {
  const socket = connect(Number(to.port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

export const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame({ type: frameTypes.settings, flags: 0, stream: 0, payload: Buffer.alloc(0) }),
])

export const requestHeaders = (path = '/a.B/Echo'): Buffer => headerBlock({ ':path': path, ...grpcHeaders })

export const headersFrame = (
  stream: number,
  payload = requestHeaders(),
  flags: number = frameFlags.endHeaders,
): Buffer => frame({ type: frameTypes.headers, flags, stream, payload })

export const dataFrame = (stream: number, payload: Buffer, flags: number = frameFlags.endStream): Buffer =>
  frame({ type: frameTypes.data, flags, stream, payload })

export function settingFrame(setting: number, value: number): Buffer {
  const payload = Buffer.alloc(6)
  payload.writeUInt32BE(value, payload.writeUInt16BE(setting))
  return frame({ type: frameTypes.settings, flags: 0, stream: 0, payload })
}

export function windowUpdate(stream: number, byteCount: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(byteCount)
  return frame({ type: frameTypes.windowUpdate, flags: 0, stream, payload })
}

export interface SeenFrame {
  readonly type: number
  readonly payload: Buffer
}

/** The frames that come until one of that type does, or the end. */
export async function framesUntil(socket: Socket, type: number): Promise<SeenFrame[]> {
  const frames: SeenFrame[] = []
  const reader = new FrameReader()
  for await (const chunk of socket) {
    reader.push(chunk, (one) => frames.push(one))
    if (frames.some((one) => one.type === type)) break
  }
  return frames
}
