import { ApiError } from '../../errors.ts'
import type { HttpResponse } from '../../http.ts'
import type { Service } from '../../service.ts'
import { codeFor, errorOfStatus } from '../http/error-code.ts'
import { readJson } from './text.ts'

/** `{"__type":"ValidationException","message":"…"}`, and the error's details beside them. */
export function jsonErrorBody(service: Service, error: ApiError): string {
  const type = shapeNameOf(service, codeFor(service, error))
  return JSON.stringify({ ...error.details, __type: type, message: error.message })
}

/**
 * `x-amzn-query-error: InvalidParameterValue;Sender`: the code of old, for clients of a service that has changed its
 * protocol. Source: Smithy, "awsQueryCompatible trait".
 */
export function queryErrorHeaders(service: Service, error: ApiError): Readonly<Record<string, string>> {
  if (!service.errorShapes) return {}
  const fault = error.httpStatus < 500 ? 'Sender' : 'Receiver'
  return { 'x-amzn-query-error': `${codeFor(service, error)};${fault}` }
}

/** What JSON and CBOR call an error where that is not its code. */
export const shapeNameOf = ({ errorShapes }: Service, code: string): string => errorShapes?.[code] ?? code

/** Reads what this and AWS's own servers write: the code in a header or the body, plain or with a namespace. */
export async function readJsonError(response: HttpResponse): Promise<ApiError> {
  const body = await readJson(response.body).catch(() => undefined)
  const members = typeof body === 'object' && body !== null ? Object.entries(body) : []
  const named = (...names: string[]) => members.find(([name]) => names.includes(name))?.[1]
  const [queryCode] = (response.headers.get('x-amzn-query-error') ?? '').split(';')
  const code = queryCode || (response.headers.get('x-amzn-errortype') ?? named('__type', 'code', 'Code'))
  if (typeof code !== 'string' || code === '') return errorOfStatus(response.status)
  const message = named('message', 'Message', 'errorMessage')
  return new ApiError(
    { code: plainCode(code), httpStatus: response.status },
    typeof message === 'string' ? message : errorOfStatus(response.status).message,
    { details: Object.fromEntries(members.filter(([name]) => !told.has(name))) },
  )
}

const told = new Set(['__type', 'code', 'Code', 'message', 'Message', 'errorMessage'])

/** `com.amazon.coral#ValidationException:http://…` → `ValidationException` */
export const plainCode = (code: string): string => code.replace(/:.*$/s, '').replace(/^.*#/s, '')
