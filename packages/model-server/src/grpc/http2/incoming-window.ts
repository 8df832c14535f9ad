/**
 * How much more the peer may send. What has come is given back at once, in larger steps: requests are put together in
 * memory anyway, and a message has a limit of its own.
 */
export class IncomingWindow {
  private readonly stepBytes: number
  private takenBytes = 0
  private readonly giveBack: (byteCount: number) => void

  constructor(sizeBytes: number, giveBack: (byteCount: number) => void) {
    this.stepBytes = sizeBytes / 2
    this.giveBack = giveBack
  }

  take(byteCount: number): void {
    this.takenBytes += byteCount
    if (this.takenBytes < this.stepBytes) return
    this.giveBack(this.takenBytes)
    this.takenBytes = 0
  }
}
