/** What every handler may know of the request beyond its input. */
export interface RequestContext {
  readonly requestId: string
  /** From the credential scope: any region is served, and stands in the ARNs made for it. */
  readonly region: string
  /** Twelve digits. */
  readonly account: string
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}
