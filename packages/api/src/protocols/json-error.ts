import { ApiError } from '../errors.ts'
import type { HttpResponse } from '../http.ts'
import type { Service } from '../service.ts'
import { codeFor, errorOfStatus } from './error-answer.ts'
import { readJson } from './json-text.ts'

/** `{"__type":"ValidationException","message":"…"}`, and the error's details beside them. */
export function jsonErrorBody(service: Service, error: ApiError): string {
  return JSON.stringify({ ...error.details, __type: codeFor(service, error), message: error.message })
}

/** Reads what this and AWS's own servers write: the code in a header or the body, plain or with a namespace. */
export async function readJsonError(response: HttpResponse): Promise<ApiError> {
  const body = await readJson(response.body).catch(() => undefined)
  const members = typeof body === 'object' && body !== null ? Object.entries(body) : []
  const named = (...names: string[]) => members.find(([name]) => names.includes(name))?.[1]
  const code = response.headers.get('x-amzn-errortype') ?? named('__type', 'code', 'Code')
  if (typeof code !== 'string' || code === '') return errorOfStatus(response.status)
  const message = named('message', 'Message', 'errorMessage')
  return new ApiError(
    { code: plain(code), httpStatus: response.status },
    typeof message === 'string' ? message : errorOfStatus(response.status).message,
    { details: Object.fromEntries(members.filter(([name]) => !told.has(name))) },
  )
}

const told = new Set(['__type', 'code', 'Code', 'message', 'Message', 'errorMessage'])

/** `com.amazon.coral#ValidationException:http://…` → `ValidationException` */
const plain = (code: string) => code.replace(/:.*$/s, '').replace(/^.*#/s, '')
