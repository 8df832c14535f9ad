import { type Bytes, heldBytes, ValidationError } from '@sagebrush/api'

/** The same bytes; throws ValidationError where they become more than `limitBytes`. */
export function limitPayload(body: Bytes, limitBytes: number): Bytes {
  const held = heldBytes(body)
  if (held && held.length <= limitBytes) return body
  return {
    async *[Symbol.asyncIterator]() {
      let bytes = 0
      for await (const piece of body) {
        bytes += piece.length
        if (bytes > limitBytes) throw payloadTooLarge(limitBytes)
        yield piece
      }
    },
  }
}

/** Source: AWS's own words, with its limit of 6291456. */
const payloadTooLarge = (limitBytes: number) =>
  ValidationError(
    `1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to ${limitBytes}`,
  )
