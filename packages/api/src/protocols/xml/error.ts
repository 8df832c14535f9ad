import { ApiError } from '../../errors.ts'
import { errorOfStatus } from '../http/error-code.ts'
import { escapeXml, type XmlElement } from './element.ts'

/** The inside of an `<Error>`: one element for each. */
export const errorElements = (members: Readonly<Record<string, unknown>>): string =>
  Object.entries(members)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('')

/** The error in an `<Error>`; where there is none, or it has no code, what the status says. */
export function readXmlError(element: XmlElement | undefined, status: number): ApiError {
  const texts = (element?.children ?? []).map(({ name, text }): [string, string] => [name, text])
  const { Type: _, RequestId: __, Code: code, Message: message, ...details } = Object.fromEntries(texts)
  return code ? new ApiError({ code, httpStatus: status }, message ?? '', { details }) : errorOfStatus(status)
}
