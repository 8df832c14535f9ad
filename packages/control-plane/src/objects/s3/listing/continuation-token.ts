import { InvalidArgument } from '@sagebrush/api'

/** An opaque name for the place where a listing goes on. */
export function tokenOf(from: string): string {
  return Buffer.from(`${mark}${from}`).toString('base64url')
}

/** Throws InvalidArgument for what `tokenOf` has not made. */
export function fromToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  if (text.startsWith(mark) && Buffer.from(text).toString('base64url') === token)
    return text.slice(mark.length)
  throw InvalidArgument('The continuation token provided is incorrect', {
    details: { ArgumentName: 'continuation-token' },
  })
}

const mark = 'from:'
