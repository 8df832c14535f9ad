import type { IncomingMessage } from 'node:http'
import type { Bytes } from '@sagebrush/api'

/**
 * The body of an answer; throws when it breaks off, or nothing comes for `stallMillis`. Reading it to its end sets its
 * connection free for the next request, leaving it early closes the connection.
 */
export function untilStalled(answer: IncomingMessage, stallMillis: number): Bytes {
  return {
    async *[Symbol.asyncIterator]() {
      const stalled = () => answer.destroy(new Error(`nothing came for ${stallMillis} ms`))
      let deadline = setTimeout(stalled, stallMillis)
      try {
        for await (const piece of answer) {
          clearTimeout(deadline)
          yield piece
          deadline = setTimeout(stalled, stallMillis)
        }
      } finally {
        clearTimeout(deadline)
      }
    },
  }
}
