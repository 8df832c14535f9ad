import { ChannelError } from '../channel-error.ts'

const magic = 0xced7230a
/** Most bytes of one record: its length has 29 bits. */
const limitBytes = 2 ** 29 - 1

/**
 * What stands before the payload of a whole record: `<u4 0xced7230a> <u4 length>`, little endian.
 * Throws ChannelError for a payload that no record holds. Source: MXNet's RecordIO format.
 */
export function recordHeader(payloadBytes: number, name: string): Buffer {
  if (payloadBytes > limitBytes)
    throw new ChannelError(`${name} has ${payloadBytes} bytes, more than a RecordIO record's ${limitBytes}`)
  const header = Buffer.alloc(8)
  header.writeUInt32LE(magic, 0)
  header.writeUInt32LE(payloadBytes, 4)
  return header
}

/** Zeros that fill the payload up to a multiple of 4 bytes. */
export function recordPadding(payloadBytes: number): Buffer {
  return Buffer.alloc((4 - (payloadBytes % 4)) % 4)
}
