import type { Face, FaceRequest, FaceResponse } from '../faces/http.ts'
import type { Log } from './log.ts'

export interface ObservedFaceOptions {
  /** Gets a line for each answer; undefined: none. */
  readonly accessLog: Log | undefined
  /** Makes the id of a request that brings none, where answers are logged. */
  readonly newId: () => string
}

/** Names that platforms give a request's id: what a client sent under one of them it finds in the answer. */
const idHeaders = ['x-request-id', 'x-amzn-requestid'] as const
const traceHeader = 'traceparent'

/**
 * Answers with the request's id and W3C trace context as they came, and logs each answer where that is wanted. What is
 * no id is left out: visible characters, at most 128. Source: W3C Trace Context, 3.2.
 */
export function observedFace(face: Face, { accessLog, newId }: ObservedFaceOptions): Face {
  if (!accessLog) {
    return (request) => {
      const identity = identityOf(request)
      return identity === undefined ? face(request) : answered(face, request, identity)
    }
  }
  return async (request) => {
    const started = performance.now()
    const requestBytes = request.body.length
    const given = identityOf(request)
    const identity: Identity = { ...given, ...(idOf(given) === undefined && { 'x-request-id': newId() }) }
    const answer = await answered(face, withIdentity(request, identity), identity)
    accessLog.info('answered', {
      method: request.method,
      target: request.target,
      status: answer.status,
      millis: Math.round((performance.now() - started) * 1000) / 1000,
      requestBytes,
      answerBytes: answer.body.length,
      requestId: idOf(identity),
      traceId: identity[traceHeader]?.slice(3, 35),
    })
    return answer
  }
}

type Identity = Readonly<Partial<Record<(typeof idHeaders)[number] | typeof traceHeader, string>>>

/** Undefined where the request brings nothing to tell it by, as most do. */
function identityOf({ header }: FaceRequest): Identity | undefined {
  let identity: Record<string, string> | undefined
  for (const name of idHeaders) {
    const value = header(name)
    if (value === undefined || !/^[\x21-\x7e]{1,128}$/.test(value)) continue
    identity ??= {}
    identity[name] = value
  }
  const trace = header(traceHeader)
  return trace !== undefined && isTraceParent(trace) ? { ...identity, [traceHeader]: trace } : identity
}

const idOf = (identity: Identity | undefined): string | undefined =>
  identity?.['x-request-id'] ?? identity?.['x-amzn-requestid']

/** Later versions may say more behind the flags. */
const isTraceParent = (text: string): boolean =>
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/.test(text) &&
  text.length <= 128

/** What stands behind the face sees an id that was made here as if it had come. */
const withIdentity = (request: FaceRequest, identity: Identity): FaceRequest => ({
  ...request,
  header: (name) => (name === 'x-request-id' ? identity[name] : request.header(name)),
})

async function answered(face: Face, request: FaceRequest, identity: Identity): Promise<FaceResponse> {
  const answer = await face(request)
  return { ...answer, headers: { ...answer.headers, ...identity } }
}
