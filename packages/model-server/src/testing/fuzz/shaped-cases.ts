import { field, join, predictSpec, varint } from './protobuf.ts'
import type { Random } from './random.ts'

/** Requests that parse, about tensors of the wrong shape, type or size: they reach the model's door, and some get in. */
interface Target {
  readonly model: string
  readonly signature: string
  readonly input: string
}

const targets: readonly Target[] = [
  { model: 'half_plus_two', signature: 'serving_default', input: 'x' },
  { model: 'half_plus_two', signature: 'regress_x_to_y', input: 'inputs' },
  { model: 'mnist', signature: 'serving_default', input: 'image' },
  { model: 'vocabulary', signature: 'serving_default', input: 'words' },
  { model: 'image_decode', signature: 'serving_default', input: 'images' },
  { model: 'ragged', signature: 'serving_default', input: 'lines' },
  { model: 'lstm', signature: 'serving_default', input: 'sequence' },
  ...['float32', 'float16', 'bfloat16', 'string', 'bool', 'int8', 'uint64', 'int64', 'complex64'].map(
    (signature) => ({
      ...{ model: 'dtypes', signature, input: 'x' },
    }),
  ),
]

const oddSignatures = ['', 'none', '__saved_model_init_op', '__proto__']
const leaves = [
  '1',
  '-1.5',
  '1e39',
  '300',
  '9223372036854775808',
  'NaN',
  'true',
  'null',
  '"a"',
  '"red"',
  '{"b64": "AAAA"}',
  '{}',
  '[]',
]

/** The model that it is for, and its JSON. */
export function shapedBody(random: Random): { readonly model: string; readonly body: Buffer } {
  const { model, signature, input } = random.pick(targets)
  const name = random.chance(0.9) ? signature : random.pick(oddSignatures)
  const leaf = random.pick(leaves)
  const tensor = nested(random, random.below(5), leaf)
  const value = random.chance(0.6) ? tensor : `{"${input}": ${tensor}}`
  const list = random.chance(0.3) ? `[${value}, ${random.pick(leaves)}]` : `[${value}]`
  const content = random.chance(0.5) ? `"instances": ${list}` : `"inputs": ${value}`
  return { model, body: Buffer.from(`{"signature_name": "${name}", ${content}}`) }
}

/** Lists in lists, mostly of equal length. */
function nested(random: Random, depth: number, leaf: string): string {
  if (depth === 0) return random.chance(0.95) ? leaf : random.pick(leaves)
  const length = random.chance(0.1) ? 0 : random.pick([1, 1, 2, 3, 28])
  if (length > 3 && depth > 3) return '[]'
  const item = nested(random, depth - 1, leaf)
  const items = new Array<string>(length).fill(item)
  if (random.chance(0.1)) items.push(nested(random, depth - 1, leaf))
  return `[${items.join(', ')}]`
}

const sizes = [3, 7, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]

/** A PredictRequest whose tensor's type, shape and values need not fit each other. */
export function shapedMessage(random: Random): Buffer {
  const { model, signature, input } = random.pick(targets)
  const code = random.chance(0.7) ? random.pick([1, 2, 3, 7, 9, 10, 14, 19, 23]) : random.below(40)
  const dims = Array.from({ length: random.below(5) }, () =>
    field(2, field(1, random.chance(0.9) ? random.pick([0, 1, 1, 2, 28]) : random.pick(sizes))),
  )
  const tensor = join(field(1, code), field(2, join(...dims)), ...values(random))
  const name = random.chance(0.9) ? input : random.pick(['', 'none', 'y'])
  const filter = random.chance(0.1) ? [field(3, random.pick(['y', 'none', '']))] : []
  return join(predictSpec(model, signature), field(2, join(field(1, name), field(2, tensor))), ...filter)
}

/** tensor_content 4, float_val 5, double_val 6, int_val 7, string_val 8, int64_val 10, bool_val 11, half_val 13. */
function values(random: Random): readonly Buffer[] {
  const number = random.pick([4, 5, 6, 7, 8, 10, 11, 13])
  const count = random.pick([0, 1, 1, 2, 4, 28, 784])
  if (number === 8)
    return Array.from({ length: Math.min(count, 4) }, () => field(8, random.pick(['red', '', 'é'])))
  const isFixed = number === 4 || number === 5 || number === 6
  const one = isFixed
    ? Buffer.from([0, 0, 128, 63, 0, 0, 240, 63].slice(0, number === 6 ? 8 : 4))
    : varint(random.below(70_000))
  return [field(number, join(...new Array<Buffer>(count).fill(one)))]
}
