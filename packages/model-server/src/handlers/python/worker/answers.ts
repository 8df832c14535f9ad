import { validateHeaderValue } from 'node:http'
import { falconError } from '../../../faces/falcon-error.ts'
import { type FaceResponse, jsonResponse } from '../../../faces/http.ts'
import type { ContainerRules } from '../../../formats/container-rules.ts'

/** How a request ended, where no handler answered it. */
export type HandlerEnd =
  | { readonly kind: 'worker lost'; readonly how: string }
  | { readonly kind: 'handler too slow'; readonly seconds: number }
  | { readonly kind: 'answer too slow'; readonly seconds: number }

/**
 * What the client gets: the statuses of the container's nginx; strict, also its pages.
 * Source: SageMaker TensorFlow Serving container, §4.4.
 */
export function endAnswer(end: HandlerEnd, { isStrict }: ContainerRules): FaceResponse {
  const status = end.kind === 'answer too slow' ? 504 : 502
  if (isStrict) return page(status)
  return jsonResponse(status, JSON.stringify({ error: endText(end) }))
}

export function endText(end: HandlerEnd): string {
  if (end.kind === 'worker lost') return `The process that ran inference.py ${end.how}`
  const variable =
    end.kind === 'answer too slow'
      ? 'SAGEMAKER_NGINX_PROXY_READ_TIMEOUT_SECONDS'
      : 'SAGEMAKER_GUNICORN_TIMEOUT_SECONDS'
  const what = end.kind === 'answer too slow' ? 'There was no answer' : 'inference.py did not come to an end'
  return `${what} within ${end.seconds} s (${variable})`
}

/** What a handler returned. A content type that no header can carry is the handler's error. */
export function resultAnswer(contentType: unknown, body: Uint8Array): FaceResponse {
  const type = typeof contentType === 'string' ? contentType : 'application/json'
  try {
    validateHeaderValue('content-type', type)
  } catch {
    return errorAnswer(`the content type ${JSON.stringify(type)} cannot be a header`)
  }
  return { status: 200, headers: { 'content-type': type }, body }
}

export const errorAnswer = (message: string): FaceResponse =>
  jsonResponse(500, JSON.stringify({ error: message }))

/** An error's own status, where it names one; falcon's errors in falcon's form from level 2.20 on. */
export function raisedAnswer(
  said: unknown,
  body: Uint8Array,
  { level, isStrict }: ContainerRules,
): FaceResponse {
  const { status, title, description } = (said ?? {}) as {
    status?: number
    title?: string
    description?: string | null
  }
  if (title !== undefined && level === '2.20') {
    const [, code = '500'] = /^([45]\d{2})/.exec(title) ?? []
    return falconError(Number(code), description ?? undefined, title)
  }
  return jsonResponse(status !== undefined && !isStrict ? status : 500, body)
}

const reasons: Readonly<Record<number, string>> = { 502: 'Bad Gateway', 504: 'Gateway Time-out' }

function page(status: number): FaceResponse {
  const title = `${status} ${reasons[status]}`
  const html = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  return { status, headers: { 'content-type': 'text/html' }, body: Buffer.from(html) }
}
