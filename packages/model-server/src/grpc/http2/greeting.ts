import { ConnectionError, errorCodes } from './frames.ts'

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** What a client says before its first frame. Source: RFC 9113, section 3.4. */
export class Greeting {
  private heard: Buffer | undefined = Buffer.alloc(0)

  get isHeard(): boolean {
    return this.heard === undefined
  }

  /** What follows it. Throws ConnectionError for anything else in its place. */
  take(chunk: Buffer): Buffer {
    if (this.heard === undefined) return chunk
    const bytes = Buffer.concat([this.heard, chunk])
    const length = Math.min(bytes.length, preface.length)
    if (!bytes.subarray(0, length).equals(preface.subarray(0, length))) {
      throw new ConnectionError(errorCodes.protocolError, 'no HTTP/2')
    }
    this.heard = length < preface.length ? bytes : undefined
    return bytes.subarray(preface.length)
  }
}
