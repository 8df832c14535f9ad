import { answerDocument, type DocumentRequest } from '../prediction/documents.ts'
import type { Servable } from '../servable.ts'

/** True once nobody waits for the answer. A client that asks again over its connection brings the same function. */
export type IsAbandoned = () => boolean

/** Where a request is worked on. */
export interface Lane {
  /** Throws StatusError; CANCELLED where the call was abandoned before it began. */
  answer(servable: Servable, request: DocumentRequest, isAbandoned: IsAbandoned): Promise<Uint8Array>
}

/** On the event loop's thread: the shortest way, while it lasts no longer than others can wait. */
export const inlineLane: Lane = {
  async answer(servable, request, isAbandoned) {
    const started = performance.now()
    const body = await answerDocument(servable, request, { isAbandoned })
    if (!servable.isBatched) servable.cost.observe((performance.now() - started) * 1000, request.body.length)
    return body
  },
}

export interface LaneLimits {
  /** Larger bodies take longer to read than a hop to another thread costs. */
  readonly inlineBytes: number
  /** Slower models hold up everybody else's requests. */
  readonly inlineMicros: number
  /** What a request may take whose client has nobody beside it, of which the hop's cost is still a part to be saved. */
  readonly aloneMicros: number
}

/**
 * Small requests to fast models inline, the rest on the other lane. A model whose speed is not known yet counts as
 * slow; runs of a batched one are joined here and hold up nobody, because long ones go to other threads. A larger
 * request stays here too where the one before came from the same client and none is under way elsewhere: two clients
 * take turns, and get two threads. Measured on two cores: a hop costs 30–60 µs, 200 to and from threads that have
 * gone to sleep; with large requests inline, 32 clients met a p99 of 1.5 s.
 */
export function laneBySize(inline: Lane, other: Lane, limits: LaneLimits): Lane {
  let latest: IsAbandoned | undefined
  let elsewhere = 0
  return {
    answer(servable, request, isAbandoned) {
      const isAlone = elsewhere === 0 && latest === isAbandoned
      latest = isAbandoned
      if (!servable.shared || isSmall(servable, request) || (isAlone && isBearable(servable, request)))
        return inline.answer(servable, request, isAbandoned)
      elsewhere++
      return other.answer(servable, request, isAbandoned).finally(() => {
        elsewhere--
      })
    },
  }

  function isSmall({ isBatched, cost }: Servable, { body }: DocumentRequest): boolean {
    return (
      body.length <= limits.inlineBytes && (isBatched || isWithin(limits.inlineMicros, cost.expectedMicros))
    )
  }

  function isBearable({ isBatched, cost }: Servable, { body }: DocumentRequest): boolean {
    return !isBatched && isWithin(limits.aloneMicros, cost.expectedMicrosOf(body.length))
  }
}

const isWithin = (limitMicros: number, micros: number | undefined): boolean =>
  micros !== undefined && micros <= limitMicros
