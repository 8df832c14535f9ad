import { isUtf8 } from 'node:buffer'
import type { HandlerData, ModelResponse } from '../handler-api.ts'
import type { WireResponse } from '../messages.ts'

/** A Buffer over memory that is there, with `text` and `json`. */
class Bytes extends Uint8Array {
  text(): string {
    if (!isUtf8(this)) throw new TypeError('The body is not UTF-8')
    return this.toString()
  }

  json<Value>(): Value {
    return JSON.parse(this.text())
  }
}
// Node's own class of buffers cannot be extended, its methods can be inherited.
Object.setPrototypeOf(Bytes.prototype, Buffer.prototype)

export const handlerData = ({ buffer, byteOffset, length }: Uint8Array): HandlerData =>
  new Bytes(buffer as ArrayBuffer, byteOffset, length)

export function modelResponse(
  { status, headers }: Omit<WireResponse, 'body'>,
  body: Uint8Array,
): ModelResponse {
  const content = handlerData(body)
  return {
    statusCode: status,
    headers,
    content,
    text: () => content.text(),
    json: <Value>() => content.json<Value>(),
  }
}
