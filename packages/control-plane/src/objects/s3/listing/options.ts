import { InvalidArgument } from '@sagebrush/api'

/** How keys are to be written. Throws InvalidArgument. */
export function encodingAsked(type: string | undefined): (text: string) => string {
  if (type === undefined) return (text) => text
  if (type === 'url') return urlEncoded
  throw InvalidArgument('Invalid Encoding Method specified in Request', {
    details: { ArgumentName: 'encoding-type', ArgumentValue: type },
  })
}

/** At most `most`, which is also the default. Throws InvalidArgument. */
export function countAsked(
  count: number | undefined,
  { name, most }: { readonly name: string; readonly most: number },
): number {
  if (count !== undefined && (count < 0 || count > 2147483647))
    throw InvalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, {
      details: { ArgumentName: name, ArgumentValue: count },
    })
  return Math.min(count ?? most, most)
}

/** As forms do it, with the slashes left as they are. */
function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
}
