export interface Stored<T> {
  readonly value: T
  readonly revision: number
}

/** Named JSON records (Dates survive) with revisions. What a resolved promise has acknowledged survives kill -9 and power loss. */
export interface Collection<T extends { readonly name: string }> {
  /** Throws AlreadyExists. */
  create(value: T): Promise<Stored<T>>
  get(name: string): Promise<Stored<T> | undefined>
  /** In order of name, code point by code point. */
  list(query?: { readonly after?: string; readonly limit?: number }): Promise<readonly Stored<T>[]>
  /** Applies `change` to the newest revision; one that answers the very value it got writes nothing. Throws NotFound. */
  update(name: string, change: (value: T) => T): Promise<Stored<T>>
  /** A name that is not there is no error. */
  delete(name: string): Promise<void>
  /** Names whose value may have changed since the call: a hint. Ends when `signal` aborts. */
  changes(signal: AbortSignal): AsyncIterable<string>
}

/** A record of this name is there. */
export class AlreadyExists extends Error {}
/** No record has this name. */
export class NotFound extends Error {}
