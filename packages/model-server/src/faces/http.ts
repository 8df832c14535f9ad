/** What a face sees of a request: nothing of the HTTP server that took it. */
export interface FaceRequest {
  readonly method: string
  /** As sent: path and query, not decoded. */
  readonly target: string
  /** By lower-case name. */
  readonly header: (name: string) => string | undefined
  /** Given away: its memory may be moved to another thread, which leaves it empty. */
  readonly body: Uint8Array
  /** True once the client is gone. The same function for all requests of a connection, which tells who asks again. */
  readonly isAbandoned: () => boolean
}

export interface FaceResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Never rejects: every failure has an answer. */
export type Face = (request: FaceRequest) => Promise<FaceResponse>

const jsonHeaders = { 'content-type': 'application/json' }

export function jsonResponse(status: number, body: Uint8Array | string): FaceResponse {
  return { status, headers: jsonHeaders, body: typeof body === 'string' ? Buffer.from(body) : body }
}
