import type { ContainerLevel } from '../formats/container-rules.ts'
import type { FaceResponse } from './http.ts'

const jsonTypes = new Set(['application/json', 'application/jsonlines'])

/**
 * A client that asks for JSON or JSON lines gets a body without line breaks. At level 2.19 it is typed as the first
 * type that the header names, where only the first blank counts for nothing; at 2.20 as JSON.
 * Source: SageMaker TensorFlow Serving container, tensorflowServing.js of both generations.
 */
export function acceptedBy(
  accept: string | undefined,
  response: FaceResponse,
  level: ContainerLevel,
): FaceResponse {
  const isOld = level === '2.19'
  const types = (isOld ? (accept ?? '').replace(' ', '') : (accept ?? '')).split(',')
  const wanted = isOld ? types : types.map((type) => type.trim())
  const [first] = wanted
  if (first === undefined || !wanted.some((type) => jsonTypes.has(type))) return response
  return {
    status: response.status,
    headers: { 'content-type': isOld ? first : 'application/json' },
    body: withoutNewlines(response.body),
  }
}

/** Whether the first type of the header that can be answered is a NumPy array. */
export function wantsNpy(accept: string | undefined): boolean {
  const types = (accept ?? '').split(',').map((type) => type.split(';')[0]?.trim().toLowerCase() ?? '')
  return types.find((type) => type === 'application/x-npy' || jsonTypes.has(type)) === 'application/x-npy'
}

function withoutNewlines(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length)
  const parts: Buffer[] = []
  let start = 0
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
    parts.push(text.subarray(start, end))
    start = end + 1
  }
  return Buffer.concat([...parts, text.subarray(start)])
}
