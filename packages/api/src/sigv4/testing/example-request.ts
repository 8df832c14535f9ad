import { bytesOf, type HttpRequest } from '../../http.ts'
import type { Credentials } from '../sign-request.ts'

/** The key pair of AWS's own published examples, for tests. */
export const exampleCredentials: Credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

interface Example {
  readonly method?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpRequest['body']
}

/** A request as a server would see it, for tests. */
export function exampleRequest(example: Example = {}): HttpRequest {
  return {
    method: example.method ?? 'GET',
    target: example.target ?? '/',
    headers: new Headers({ host: '127.0.0.1:8400', ...example.headers }),
    body: example.body ?? bytesOf(),
    signal: new AbortController().signal,
  }
}
