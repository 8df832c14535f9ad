import { exampleBytes, field, join, predictSpec, varint } from './protobuf.ts'
import type { Random } from './random.ts'
import type { Target, TargetInput } from './targets.ts'

/**
 * Requests that parse, and whose tensors nearly fit a model: sizes of nothing, one dimension too many, another type.
 * They get as far as the model's own operations.
 */
export function shapedBody(
  random: Random,
  targets: readonly Target[],
): { readonly model: string; readonly body: Buffer } {
  const { model, signature, inputs } = random.pick(targets)
  const name = random.chance(0.95) ? signature : random.pick(oddSignatures)
  const isColumnar = random.chance(0.5)
  const values = inputs.map(({ name: input, type, shape }) => {
    const sizes = sizesFor(random, shape)
    const leaf = random.chance(0.9) ? random.pick(leavesOf[type] ?? leaves) : random.pick(leaves)
    return `"${input}": ${nested(isColumnar ? sizes : sizes.slice(1), leaf)}`
  })
  const value = `{${values.join(', ')}}`
  const content = isColumnar
    ? `"inputs": ${value}`
    : `"instances": [${new Array(1 + random.below(3)).fill(value).join(', ')}]`
  return { model, body: Buffer.from(`{"signature_name": "${name}", ${content}}`) }
}

/** A PredictRequest of the same kind. */
export function shapedMessage(random: Random, targets: readonly Target[]): Buffer {
  const { model, signature, inputs } = random.pick(targets)
  const fields = inputs.map((input) => {
    const name = random.chance(0.97) ? input.name : random.pick(['', 'none'])
    return field(2, join(field(1, name), field(2, tensor(random, input))))
  })
  const filter = random.chance(0.1) ? [field(3, random.pick(['y', 'none', '']))] : []
  return join(predictSpec(model, signature), ...fields, ...filter)
}

const oddSignatures = ['', 'none', '__saved_model_init_op', '__proto__']
const numbers = ['0', '1', '-1', '7', '49', '1000000']
const leavesOf: Readonly<Record<string, readonly string[]>> = {
  DT_FLOAT: ['1', '-1.5', '1e38', '1e-45', 'NaN', 'Infinity', '0'],
  DT_DOUBLE: ['1', '1e308', 'NaN', '0'],
  DT_STRING: [
    '"a"',
    '"red"',
    '""',
    '{"b64": "AAAA"}',
    '"\\u0000"',
    `{"b64": "${exampleBytes.toString('base64')}"}`,
  ],
  DT_BOOL: ['true', 'false'],
  DT_INT32: numbers,
  DT_INT64: numbers,
}
const leaves = ['1', '300', '9223372036854775808', 'null', '"a"', '{}', '[]', 'true', '1e39']

/** Mostly what is declared, with every size where any will do. */
function sizesFor(random: Random, shape: TargetInput['shape']): number[] {
  if (shape === undefined || random.chance(0.2))
    return Array.from({ length: random.below(5) }, () => random.pick([0, 1, 1, 2, 28]))
  const sizes = shape.map((size) => (size < 0 ? random.pick([0, 1, 1, 2, 3, 9]) : size))
  if (random.chance(0.1) && sizes.length > 0) sizes[random.below(sizes.length)] = random.pick(oddSizes)
  return sizes
}

const oddSizes = [0, 1, 2, 29]
/** No list is that long, but a message may say so. */
const hugeSizes = [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]

const nested = (sizes: readonly number[], leaf: string): string =>
  sizes.reduceRight((item, size) => `[${new Array<string>(size).fill(item).join(',')}]`, leaf)

/** DataType's numbers. */
const codes: Readonly<Record<string, number>> = {
  ...{
    DT_FLOAT: 1,
    DT_DOUBLE: 2,
    DT_INT32: 3,
    DT_UINT8: 4,
    DT_INT16: 5,
    DT_INT8: 6,
    DT_STRING: 7,
    DT_COMPLEX64: 8,
  },
  ...{ DT_INT64: 9, DT_BOOL: 10, DT_BFLOAT16: 14, DT_UINT16: 17, DT_HALF: 19, DT_UINT32: 22, DT_UINT64: 23 },
}
/** Where TensorProto keeps values of a type: float_val 5, double_val 6, string_val 8, int64_val 10, bool_val 11, half_val 13 … */
const valueFields: Readonly<Record<number, number>> = {
  ...{ 1: 5, 2: 6, 3: 7, 4: 7, 5: 7, 6: 7, 7: 8, 9: 10, 10: 11, 14: 13, 17: 7, 19: 13, 22: 16, 23: 17 },
}

function tensor(random: Random, { type, shape }: TargetInput): Buffer {
  const code = random.chance(0.93) ? (codes[type] ?? 1) : random.below(40)
  const sizes = sizesFor(random, shape)
  if (random.chance(0.03)) sizes[random.below(sizes.length + 1)] = random.pick(hugeSizes)
  const place = random.chance(0.93) ? (valueFields[code] ?? 5) : random.pick([4, 5, 6, 7, 8, 10, 11, 13])
  const count = random.pick([
    0,
    1,
    1,
    Math.min(
      sizes.reduce((all, size) => all * size, 1),
      2000,
    ),
  ])
  const shapeField = field(2, join(...sizes.map((size) => field(2, field(1, size)))))
  return join(field(1, code), shapeField, ...values(random, place, count))
}

function values(random: Random, place: number, count: number): readonly Buffer[] {
  if (place === 8) return Array.from({ length: Math.min(count, 9) }, () => field(8, random.pick(strings)))
  const [four, eight] = [random.pick(floats), Buffer.alloc(8, random.below(256))]
  const one =
    place === 5 || place === 4 ? four : place === 6 ? eight : varint(random.pick([0, 1, 7, 49, 70_000]))
  return [field(place, join(...new Array<Buffer>(count).fill(one)))]
}

/** 1, 0, NaN, infinity, the smallest number. */
const floats = ['0000803f', '00000000', '0000c07f', '0000807f', '01000000'].map((hex) =>
  Buffer.from(hex, 'hex'),
)
const strings = [
  'red',
  '',
  'é',
  'a b c',
  exampleBytes,
  exampleBytes.subarray(0, 9),
  Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
]
