/** How long a connection may last, in milliseconds. Infinity: as long as both sides like. */
export interface ConnectionLimits {
  /** From its first moment on; then it takes no more calls. Spread by a tenth, so that clients do not come back together. */
  readonly ageMillis: number
  /** For the calls that are under way then. */
  readonly ageGraceMillis: number
  /** Without a call. */
  readonly idleMillis: number
  /** Without a word of the client, until it is asked whether it is there. */
  readonly keepAliveMillis: number
  /** For its answer. */
  readonly keepAliveTimeoutMillis: number
  /** Clients without a call are asked too. */
  readonly keepsIdleAlive: boolean
}

/** What can be seen of a connection from outside. */
export interface ConnectionSight {
  readonly bytesRead: number
  readonly callsBegun: number
  readonly callsUnderWay: number
}

/** `close`: take no more calls. `cut`: end it at once. */
export type LifeAction = 'wait' | 'ping' | 'close' | 'cut'

/** Decides, look by look, when a connection is to end; how often one looks is how exact it is. */
export class ConnectionLife {
  private readonly limits: ConnectionLimits
  private readonly endsAtMillis: number
  private last: ConnectionSight = { bytesRead: 0, callsBegun: 0, callsUnderWay: 0 }
  private heardMillis: number
  private calledMillis: number
  private askedMillis: number | undefined
  private closedMillis: number | undefined

  /** `spread` is from 0 to 1. */
  constructor(limits: ConnectionLimits, nowMillis: number, spread: number) {
    this.limits = limits
    this.endsAtMillis = nowMillis + limits.ageMillis * (0.9 + spread / 5)
    this.heardMillis = nowMillis
    this.calledMillis = nowMillis
  }

  look(seen: ConnectionSight, nowMillis: number): LifeAction {
    if (seen.bytesRead !== this.last.bytesRead) {
      this.heardMillis = nowMillis
      this.askedMillis = undefined
    }
    if (seen.callsUnderWay > 0 || seen.callsBegun !== this.last.callsBegun) this.calledMillis = nowMillis
    this.last = seen
    if (this.isUnheard(nowMillis)) return 'cut'
    if (this.closedMillis !== undefined) {
      return nowMillis - this.closedMillis >= this.limits.ageGraceMillis ? 'cut' : 'wait'
    }
    if (nowMillis >= this.endsAtMillis || nowMillis - this.calledMillis >= this.limits.idleMillis) {
      this.closedMillis = nowMillis
      return 'close'
    }
    if (!this.isToBeAsked(seen, nowMillis)) return 'wait'
    this.askedMillis = nowMillis
    return 'ping'
  }

  private isUnheard(nowMillis: number): boolean {
    const { askedMillis } = this
    return askedMillis !== undefined && nowMillis - askedMillis >= this.limits.keepAliveTimeoutMillis
  }

  private isToBeAsked({ callsUnderWay }: ConnectionSight, nowMillis: number): boolean {
    if (this.askedMillis !== undefined || (callsUnderWay === 0 && !this.limits.keepsIdleAlive)) return false
    return nowMillis - this.heardMillis >= this.limits.keepAliveMillis
  }
}

/** How often to look, so that no limit is missed by much; undefined where there is none. */
export function lookMillis({
  ageMillis,
  idleMillis,
  keepAliveMillis,
  ...graces
}: ConnectionLimits): number | undefined {
  const shortest = Math.min(ageMillis, idleMillis, keepAliveMillis)
  if (shortest === Number.POSITIVE_INFINITY) return undefined
  const all = Math.min(shortest, graces.ageGraceMillis, graces.keepAliveTimeoutMillis)
  return Math.min(Math.max(all / 10, 10), 1000)
}
