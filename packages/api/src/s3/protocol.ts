import { bytesOf, type HttpRequest, readAll, splitTarget } from '../http.ts'
import { readLimited } from '../protocols/http/limited-body.ts'
import { readHeaders } from '../protocols/rest/headers.ts'
import { restXml } from '../protocols/rest-xml.ts'
import type { Operation, Protocol } from '../service.ts'
import { nodeOf, structure } from '../shape.ts'
import { validateInput } from '../validate.ts'
import { GetBucketLocation } from './bucket.ts'
import { checkedBody } from './checked-body.ts'
import { InvalidArgument, InvalidRequest, MalformedXML } from './errors.ts'
import { bodyIntegrity } from './members.ts'

/** REST XML with the few things that S3 does in a way of its own. */
export const s3Protocol: Protocol = {
  ...restXml,
  async readInput(service, operation, request) {
    const meant = withoutLinkChecksums(request)
    refuseWords(meant)
    refuseChecksums(meant)
    const input = await restXml.readInput(service, operation, await checkedDocument(operation, meant))
    requireBody(operation, input)
    return input
  },
  writeOutput(service, operation, output, requestId) {
    const response = restXml.writeOutput(service, operation, output, requestId)
    if (operation.name !== GetBucketLocation.name) return response
    const body = bytesOf(locationXml(Object(output).LocationConstraint, service.xmlNamespace))
    response.headers.set('content-length', String(body.held.length))
    return { ...response, body }
  },
  async readOutput(service, operation, response) {
    if (operation.name !== GetBucketLocation.name || response.status >= 300)
      return await restXml.readOutput(service, operation, response)
    const text = (await readAll(response.body, locationLimitBytes)).toString()
    const region = />([^<>]+)<\/LocationConstraint>/.exec(text)?.[1]
    return region === undefined ? {} : { LocationConstraint: region }
  },
}

/** `<LocationConstraint xmlns="…">us-west-2</LocationConstraint>`; empty for us-east-1. */
function locationXml(region: unknown, namespace: string | undefined): string {
  const text = typeof region === 'string' ? region : ''
  return `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="${namespace}">${text}</LocationConstraint>`
}

const locationLimitBytes = 64 * 1024

/** S3's shapes have no limits, and routes see to the path and the query: what may be missing is missing in the body. */
function requireBody(operation: Operation, input: unknown): void {
  try {
    validateInput(operation, input)
  } catch (cause) {
    const message =
      'The XML you provided was not well-formed or did not validate against our published schema'
    throw MalformedXML(message, { cause })
  }
}

/** A checksum that is not looked at would be a false promise. */
function refuseChecksums({ headers }: HttpRequest): void {
  const name = unknownChecksums.find((checksum) => headers.has(checksum))
  if (name !== undefined) throw InvalidRequest(`The checksum in the header ${name} is not supported.`)
}

const unknownChecksums = ['sha512', 'md5', 'xxhash64', 'xxhash3', 'xxhash128'].map(
  (name) => `x-amz-checksum-${name}`,
)

/**
 * The body of an operation that takes XML, checked against what its headers say of it. Others check their streams as they
 * read them; and to CompleteMultipartUpload the same headers speak of the object.
 */
async function checkedDocument(operation: Operation, request: HttpRequest): Promise<HttpRequest> {
  const input = nodeOf(operation.input)
  const members = input.type === 'structure' ? input.members : {}
  const takesDocument = Object.values(members).some(({ at }) => at && 'payload' in at)
  if (!takesDocument || 'ChecksumCRC32' in members) return request
  const claims = { ...readHeaders(claimsShape, request.headers), Body: request.body }
  const body = checkedBody(claims)
  const held = await readLimited(body.bytes)
  body.finish()
  return { ...request, body: bytesOf(held) }
}

const claimsShape = structure(bodyIntegrity)

/** S3 has sentences of its own for numbers that are none. */
function refuseWords(request: HttpRequest): void {
  const query = new URLSearchParams(splitTarget(request.target).query)
  for (const [name, message] of numbers) {
    const value = query.get(name)
    if (value !== null && value !== '' && !/^[+-]?\d{1,15}$/.test(value))
      throw InvalidArgument(message, { details: { ArgumentName: name, ArgumentValue: value } })
  }
}

const notInRange = (name: string) => `Provided ${name} not an integer or within integer range`
const numbers: readonly (readonly [name: string, message: string])[] = [
  ['max-keys', notInRange('max-keys')],
  ['max-parts', notInRange('max-parts')],
  ['max-uploads', notInRange('max-uploads')],
  ['part-number-marker', notInRange('part-number-marker')],
  ['partNumber', 'Part number must be an integer between 1 and 10000, inclusive'],
]

/**
 * A link made by the AWS SDK for JavaScript carries the checksum of the empty body that was at hand when it was made;
 * S3 passes over checksums that stand in a link's query. Source: aws/aws-sdk issue 480.
 */
function withoutLinkChecksums(request: HttpRequest): HttpRequest {
  const query = new URLSearchParams(splitTarget(request.target).query)
  const names = [...query.keys()].filter((name) => /^x-amz-(sdk-)?checksum-/i.test(name))
  if (names.length === 0) return request
  const headers = new Headers(request.headers)
  for (const name of names) headers.delete(name)
  return { ...request, headers }
}
