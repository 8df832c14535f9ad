import { expect, test } from 'vitest'
import type { Tensor } from '../../tensor.ts'
import { tensorProtoJson } from './tensor-proto-json.ts'

const numeric = (
  dtype: Exclude<Tensor['dtype'], 'string'>,
  values: ArrayBufferView<ArrayBuffer>,
): Tensor => ({
  dtype,
  shape: [2],
  data: new Uint8Array(values.buffer),
})

test.each<[string, Tensor, Record<string, unknown>]>([
  [
    'floats',
    numeric('float32', Float32Array.of(0.1, 1 / 3)),
    { dtype: 'DT_FLOAT', float_val: [0.1, 0.33333334] },
  ],
  [
    'what is no number',
    numeric('float32', Float32Array.of(Number.NaN, -Infinity)),
    { float_val: ['NaN', '-Infinity'] },
  ],
  [
    'doubles',
    numeric('float64', Float64Array.of(0.1, 1e300)),
    { dtype: 'DT_DOUBLE', double_val: [0.1, 1e300] },
  ],
  [
    'halves as their bits',
    numeric('float16', Uint16Array.of(15360, 0)),
    { dtype: 'DT_HALF', half_val: [15360, 0] },
  ],
  ['small integers', numeric('int8', Int8Array.of(-1, 5)), { dtype: 'DT_INT8', int_val: [-1, 5] }],
  [
    'large integers as strings',
    numeric('int64', BigInt64Array.of(-1n, 2n ** 62n)),
    { dtype: 'DT_INT64', int64_val: ['-1', '4611686018427387904'] },
  ],
  [
    'complex numbers as their parts',
    numeric('complex64', Float32Array.of(0.1, 2, Number.NaN, 0)),
    { dtype: 'DT_COMPLEX64', scomplex_val: [0.1, 2, 'NaN', 0] },
  ],
  ['truths', numeric('bool', Uint8Array.of(0, 1)), { dtype: 'DT_BOOL', bool_val: [false, true] }],
  [
    'strings as base64',
    { dtype: 'string', shape: [2], data: [Buffer.from('a'), Buffer.of(255)] },
    { dtype: 'DT_STRING', string_val: ['YQ==', '/w=='] },
  ],
])('%s', (_situation, tensor, expected) => {
  const shape = { dim: [{ size: '2', name: '' }], unknown_rank: false }
  expect(tensorProtoJson(tensor)).toMatchObject({ tensor_shape: shape, tensor_content: '', ...expected })
})
