/**
 * The container's JSON body in TensorFlow Serving's form. Decided on the text alone, in this order:
 *
 *     "instances" | "inputs" | "examples" with a colon, anywhere   as it is
 *     } or ] followed by { or [, anywhere                          JSON lines: {"instances":[l1,l2]}, one line: {"instances":l}
 *     [[ at the start                                              {"instances":<text>}
 *     anything else is one instance                                {"instances":[<text>]}
 *
 * Source: SageMaker TensorFlow Serving container, level 2.19, tensorflowServing.js.
 */
export function toServingJson(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length)
  if (hasServingKey(text)) return body
  if (hasAdjoiningValues(text)) return joinLines(text)
  return isListOfLists(text)
    ? wrapped('{"instances":', text, '}')
    : wrapped('{"instances":[', text.length > 0 ? text : Buffer.from('undefined'), ']}')
}

const servingKeys = ['"instances"', '"inputs"', '"examples"'].map((key) => Buffer.from(key))

function hasServingKey(text: Buffer): boolean {
  return servingKeys.some((key) => {
    for (let start = text.indexOf(key); start >= 0; start = text.indexOf(key, start + 1)) {
      if (text[skipSpace(text, start + key.length)] === 0x3a) return true
    }
    return false
  })
}

/** A list or an object directly after another, be it on the next line or inside a string. */
export function hasAdjoiningValues(text: Uint8Array): boolean {
  for (let position = 0; position < text.length; position++) {
    const byte = text[position]
    if (byte !== 0x5d && byte !== 0x7d) continue
    const next = text[skipSpace(text, position + 1)]
    if (next === 0x5b || next === 0x7b) return true
  }
  return false
}

function isListOfLists(text: Buffer): boolean {
  const first = skipSpace(text, 0)
  return text[first] === 0x5b && text[skipSpace(text, first + 1)] === 0x5b
}

/** The lines that are not blank, without blanks around each, as a list; one line stays as it is. */
function joinLines(text: Buffer): Buffer {
  const opening = '{"instances":['
  // Each comma stands for a line break at least.
  const joined = Buffer.allocUnsafeSlow(text.length + opening.length + 2)
  let length = joined.write(opening)
  let lines = 0
  for (let start = byteOrderMark(text), next = 0; start < text.length; start = next) {
    const lineBreak = text.indexOf(0x0a, start)
    const first = skipSpace(text, start)
    next = Math.max(first, lineBreak < 0 ? text.length : lineBreak + 1)
    // Only blanks up to where the next line begins.
    if (first === next) continue
    if (lines++ > 0) joined[length++] = 0x2c
    length += text.copy(joined, length, first, lastSpace(text, next))
  }
  if (lines === 1) return wrapped('{"instances":', joined.subarray(opening.length, length), '}')
  length += joined.write(']}', length)
  return joined.subarray(0, length)
}

const byteOrderMark = (text: Buffer): number =>
  text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0

const wrapped = (before: string, text: Buffer, after: string): Buffer =>
  Buffer.concat([Buffer.from(before), text, Buffer.from(after)])

function skipSpace(text: Uint8Array, start: number): number {
  let position = start
  for (;;) {
    if (!isSpace(text[position])) return position
    position++
  }
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13)

function lastSpace(text: Uint8Array, end: number): number {
  let position = end
  while (position > 0 && isSpace(text[position - 1])) position--
  return position
}
