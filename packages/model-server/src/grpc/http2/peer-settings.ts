import { settings } from './control-frames.ts'
import { ConnectionError, errorCodes, type Frame, usualFrameBytes } from './frames.ts'

/** What a client says of itself, as far as it matters to who answers it. */
export interface PeerSettings {
  /** Of each stream's window. */
  readonly initialBytes?: number
  readonly frameBytes?: number
}

const largestWindowBytes = 2 ** 31 - 1
const largestFrameBytes = 2 ** 24 - 1
/** Each is looked at for every open request; clients that measure their line send some ten. */
const mostPerSecond = 100

/** Reads a client's SETTINGS frames. */
export class PeerSettingsReader {
  private secondBegan = Number.NEGATIVE_INFINITY
  private countInSecond = 0

  /** Of a setting that comes twice the last one counts. Throws ConnectionError. */
  read({ payload, stream }: Frame, nowMillis: number): PeerSettings {
    if (stream !== 0 || payload.length % 6 !== 0)
      throw new ConnectionError(errorCodes.frameSizeError, 'settings')
    this.count(nowMillis)
    const found: { initialBytes?: number; frameBytes?: number } = {}
    for (let position = 0; position < payload.length; position += 6) {
      const setting = payload.readUInt16BE(position)
      const value = payload.readUInt32BE(position + 2)
      if (setting === settings.initialWindowBytes) found.initialBytes = windowBytes(value)
      else if (setting === settings.maxFrameBytes) found.frameBytes = frameBytes(value)
    }
    return found
  }

  private count(nowMillis: number): void {
    if (nowMillis - this.secondBegan >= 1000) {
      this.secondBegan = nowMillis
      this.countInSecond = 0
    }
    this.countInSecond += 1
    if (this.countInSecond > mostPerSecond)
      throw new ConnectionError(errorCodes.enhanceYourCalm, 'settings again and again')
  }
}

function windowBytes(value: number): number {
  if (value <= largestWindowBytes) return value
  throw new ConnectionError(errorCodes.flowControlError, 'an initial window too wide')
}

function frameBytes(value: number): number {
  if (value >= usualFrameBytes && value <= largestFrameBytes) return value
  throw new ConnectionError(errorCodes.protocolError, 'a frame size that cannot be')
}
