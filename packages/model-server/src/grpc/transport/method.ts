/** What a method may want to know of its call. */
export interface CallContext {
  /** True once nobody waits for the answer: cancelled, or past its deadline. */
  readonly isAbandoned: () => boolean
  /** In milliseconds since 1970; Infinity without one. */
  readonly deadlineMillis: number
  /** What came with the call by that lower-case name. Absent where it cannot be had. */
  readonly metadata?: (name: string) => string | undefined
}

/** One message to one. Throws StatusError. */
export type UnaryMethod = (request: Uint8Array, context: CallContext) => Promise<Uint8Array>

/** Messages to messages, in any order, until one side ends. Throws StatusError. The signal ends with the call. */
export type StreamMethod = (
  requests: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>

/** By path: `/package.Service/Method`. Others are answered with UNIMPLEMENTED. */
export interface GrpcMethods {
  readonly unary: ReadonlyMap<string, UnaryMethod>
  readonly streams: ReadonlyMap<string, StreamMethod>
}
