/** Protobuf by hand: a varint, or bytes, under a field's number. */
export function field(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)])
  const bytes = Buffer.from(value)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

export const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts)

/** ModelSpec { name 1, signature_name 3 } as a request's first field. */
export const predictSpec = (name: string, signature = '', more: Buffer = Buffer.alloc(0)): Buffer =>
  field(1, join(field(1, name), ...(signature === '' ? [] : [field(3, signature)]), more))

/** tensorflow.Example { features 1 { feature 1 { key 1: x, value 2 { float_list 2 { value 1: [2] } } } } } */
export const exampleBytes: Buffer = field(
  1,
  field(1, join(field(1, 'x'), field(2, field(2, field(1, Buffer.from(new Float32Array([2]).buffer)))))),
)
