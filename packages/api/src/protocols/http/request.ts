import type { HttpRequest } from '../../http.ts'

/** A request as a protocol writes it: who sends it adds its own signal. */
export const requestOf = (parts: Omit<HttpRequest, 'signal'>): HttpRequest => ({
  ...parts,
  signal: new AbortController().signal,
})
