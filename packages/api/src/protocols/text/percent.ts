/** Thrown for `%zz`, or for bytes that are not UTF-8. */
export class MalformedPercent extends Error {}

/** Exactly what was encoded: `+` stays, `%2F` becomes a slash, no segment is resolved. Throws MalformedPercent. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new MalformedPercent(`not percent-encoded UTF-8: ${text.slice(0, 100)}`, { cause })
  }
}

/** All but RFC 3986's unreserved characters, as signatures need it. */
export function percentEncode(text: string): string {
  // Through bytes, because a lone surrogate has no encoding.
  return encodeURIComponent(Buffer.from(text).toString()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Names and still encoded values of a raw query or form, in order. A name that cannot be decoded stays as it is. */
export function parseQuery(text: string): (readonly [name: string, rawValue: string])[] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const mark = part.indexOf('=')
      return mark < 0 ? [nameOf(part), ''] : [nameOf(part.slice(0, mark)), part.slice(mark + 1)]
    })
}

export const writeQuery = (entries: readonly (readonly [string, string])[]): string =>
  entries.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&')

/** As in a query or form, where `+` is a space. Throws MalformedPercent. */
export const formDecode = (text: string): string => percentDecode(text.replaceAll('+', ' '))

function nameOf(raw: string): string {
  try {
    return formDecode(raw)
  } catch {
    return raw
  }
}
