import { ConnectionError, errorCodes } from './frames.ts'

/** How much more the peer may send; what has come is given back in larger steps. */
export class IncomingWindow {
  private readonly sizeBytes: number
  private leftBytes: number
  private readonly giveBack: (byteCount: number) => void

  constructor(sizeBytes: number, giveBack: (byteCount: number) => void) {
    this.sizeBytes = sizeBytes
    this.leftBytes = sizeBytes
    this.giveBack = giveBack
  }

  /** Throws ConnectionError where the peer sends more than it may. */
  take(byteCount: number): void {
    this.leftBytes -= byteCount
    if (this.leftBytes < 0) throw new ConnectionError(errorCodes.flowControlError, 'more than the window')
    if (this.leftBytes > this.sizeBytes / 2) return
    this.giveBack(this.sizeBytes - this.leftBytes)
    this.leftBytes = this.sizeBytes
  }
}
