import { StatusError } from '../../status.ts'
import type { RawMessage } from './prefixed-messages.ts'

/** Of one call: a client that sends more before any is taken has no use for the answers. */
const mostWaiting = 10_000

/** Messages that have come and wait to be taken, by one taker. */
export class MessageQueue {
  private readonly waiting: RawMessage[] = []
  private hasEnded = false
  private error: unknown
  private wake: () => void = () => undefined

  push(message: RawMessage): void {
    if (this.waiting.length < mostWaiting) this.waiting.push(message)
    else this.end(new StatusError('RESOURCE_EXHAUSTED', 'More messages than can wait'))
    this.wake()
  }

  /** Nothing more comes; with an error, whoever takes the last message meets it. */
  end(error?: unknown): void {
    this.hasEnded = true
    this.error ??= error
    this.wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RawMessage> {
    for (;;) {
      const message = this.waiting.shift()
      if (message) yield message
      else if (this.error !== undefined) throw this.error
      else if (this.hasEnded) return
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
    }
  }
}
