import type { HandlerContext } from '../user-code.ts'
import type { PackedBody } from './packed-bodies.ts'
import type { Reply, ReplyRing } from './reply-ring.ts'

/** One message per turn of the event loop, because the message itself costs more than what is in it. */
export interface Batch {
  readonly items: readonly ToThread[]
  readonly block: Uint8Array | undefined
}

/** `step` numbers what is begun, per thread, from 1 upwards. */
export type ToThread =
  /** Run `handler`, or `inputHandler`. */
  | {
      readonly kind: 'request'
      readonly step: number
      readonly body: PackedBody
      readonly context: WireContext
    }
  /** Run `outputHandler`. `input` is the step whose context this thread has kept; otherwise it comes along. */
  | {
      readonly kind: 'output'
      readonly step: number
      readonly response: WireResponse
      readonly context: WireContext | { readonly input: number }
    }
  /** Answers an `ask`. */
  | { readonly kind: 'told'; readonly ask: number; readonly response: WireResponse }
  /** No output will follow that input. */
  | { readonly kind: 'forget'; readonly input: number }

export type FromThread =
  | { readonly kind: 'ready'; readonly style: HandlerStyle }
  | { readonly kind: 'unusable'; readonly reason: string }
  /** There are replies in the ring. */
  | { readonly kind: 'wake' }
  /** One that the ring has no room for. */
  | { readonly kind: 'reply'; readonly reply: Reply }

/** `handler`, or `inputHandler` and `outputHandler`. */
export type HandlerStyle = 'single' | 'pair'

export interface WireResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: PackedBody
}

/** The fields of HandlerContext by position: names would be written into each message. */
export type WireContext = readonly (string | number | undefined)[]

const fields = [
  'modelName',
  'modelVersion',
  'method',
  'restUri',
  'grpcPort',
  'customAttributes',
  'requestContentType',
  'acceptHeader',
  'contentLength',
  'requestId',
  'traceParent',
] as const satisfies readonly (keyof HandlerContext)[]

export const writeContext = (context: HandlerContext): WireContext => fields.map((field) => context[field])

export const readContext = (wire: WireContext): HandlerContext =>
  Object.fromEntries(fields.map((field, index) => [field, wire[index]])) as unknown as HandlerContext

/** What a thread is started with. */
export interface ThreadData {
  /** URL of the script. */
  readonly script: string
  /** Folder that holds the `node_modules` of its package.json, where they were installed. */
  readonly packages: string | undefined
  /** One number: of steps begun, or `nothingMore`. */
  readonly begun: Int32Array
  readonly replies: ReplyRing
}

/** The thread begins no further step. */
export const nothingMore = -1
