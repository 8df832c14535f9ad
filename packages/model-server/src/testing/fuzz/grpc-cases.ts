import { framed } from './grpc-client.ts'
import { mutate } from './mutate.ts'
import { field, join, predictSpec as spec, varint } from './protobuf.ts'
import type { Random } from './random.ts'
import { shapedMessage } from './shaped-cases.ts'
import type { Target } from './targets.ts'

export interface GrpcCase {
  readonly path: string
  readonly body: Buffer
}

/** A call with a damaged message, one that fits no model or, now and then, a damaged frame around it. */
export function grpcCase(random: Random, targets: readonly Target[]): GrpcCase {
  if (random.chance(0.5)) return { path: `${service}/Predict`, body: framed(shapedMessage(random, targets)) }
  const path = random.pick(paths)
  const message = random.chance(0.95)
    ? mutate(random.pick(messages), random, messages)
    : random.pick(messages)
  const body = random.chance(0.95) ? framed(message) : mutate(framed(message), random, messages)
  return { path, body }
}

const service = '/tensorflow.serving.PredictionService'
const paths = [
  ...['Predict', 'Predict', 'Predict', 'Predict', 'Classify', 'Regress', 'MultiInference'].map(
    (name) => `${service}/${name}`,
  ),
  `${service}/GetModelMetadata`,
  '/tensorflow.serving.ModelService/GetModelStatus',
  `${service}/Nothing`,
]

const shape = (...sizes: readonly number[]): Buffer =>
  field(2, join(...sizes.map((size) => field(2, field(1, size)))))
const input = (key: string, ...tensor: readonly Buffer[]): Buffer =>
  field(2, join(field(1, key), field(2, join(...tensor))))
const floats = (...values: readonly number[]): Buffer => Buffer.from(new Float32Array(values).buffer)

/** DT_FLOAT, DT_STRING, DT_HALF, DT_INT64, DT_DOUBLE, DT_BOOL. */
const [float, string, half, int64, double, bool] = [1, 7, 19, 9, 2, 10].map((code) => field(1, code)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
]
const image = floats(...new Array<number>(784).fill(0.5))
const feature = field(1, join(field(1, 'x'), field(2, field(2, field(1, floats(2))))))
const examples = field(2, field(1, field(1, field(1, feature))))
const task = (signature: string, method: string): Buffer =>
  field(1, join(spec('half_plus_two', signature), field(2, `tensorflow/serving/${method}`)))

/** PredictRequest, ClassificationRequest, MultiInferenceRequest, GetModelMetadataRequest, GetModelStatusRequest. */
const messages: readonly Buffer[] = [
  join(spec('half_plus_two'), input('x', float, shape(1, 1), field(5, floats(2)))),
  join(
    spec('half_plus_two', '', field(2, field(1, 1))),
    input('x', float, shape(3), field(4, floats(1, 2, 5))),
  ),
  join(spec('half_plus_two'), input('x', float, shape(2, 2), field(5, floats(2))), field(3, 'y')),
  join(spec('mnist'), input('image', float, shape(1, 28, 28, 1), field(4, image))),
  join(spec('mnist'), input('image', float, shape(0, 28, 28, 1))),
  join(spec('dtypes', 'string'), input('x', string, shape(2), field(8, 'a'), field(8, 'bc'))),
  join(spec('dtypes', 'float16'), input('x', half, shape(2), field(13, join(varint(15360), varint(15361))))),
  join(spec('dtypes', 'int64'), input('x', int64, shape(2), field(10, join(varint(5), varint(2 ** 40))))),
  join(
    spec('dtypes', 'float64'),
    input('x', double, shape(1), field(6, Buffer.from(new Float64Array([0.1]).buffer))),
  ),
  join(spec('dtypes', 'bool'), input('x', bool, shape(2), field(11, Buffer.from([1, 0])))),
  join(spec('vocabulary'), input('words', string, shape(1), field(8, 'red'))),
  join(spec('half_plus_two', 'regress_x_to_y'), examples),
  join(spec('half_plus_two', 'classify_x_to_y'), examples),
  join(task('regress_x_to_y', 'regress'), task('classify_x_to_y', 'classify'), examples),
  join(spec('half_plus_two'), field(2, 'signature_def')),
  join(spec('half_plus_two', '', field(4, 'label'))),
]
