import { describe, expect, test } from 'vitest'
import { ProtobufReader } from '../../formats/protobuf.ts'
import { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'
import { reflectionMethod } from './reflection-service.ts'
import { createProtoRegistry } from './registry.ts'
import { servingProtos } from './serving-protos.ts'
import { healthProto, reflectionProtos, standardProtos } from './standard-protos.ts'
import { tensorflowProtos } from './tensorflow-protos.ts'

const all = [...servingProtos, ...tensorflowProtos, ...standardProtos, ...reflectionProtos, healthProto]
const registry = createProtoRegistry(all)

/** What stands in the fields of that number. */
function fields(bytes: Uint8Array, number: number): Uint8Array[] {
  const reader = new ProtobufReader(bytes)
  const found: Uint8Array[] = []
  while (reader.next()) {
    if (reader.field === number) found.push(reader.bytes())
    else reader.skip()
  }
  return found
}

const texts = (bytes: readonly Uint8Array[]): string[] => bytes.map((one) => Buffer.from(one).toString())

async function ask(...questions: readonly (readonly [number, string])[]): Promise<Uint8Array[]> {
  async function* requests() {
    for (const [field, text] of questions) {
      const writer = new WireWriter()
      writer.textField(1, 'host')
      writer.textField(field, text)
      yield writer.finish()
    }
  }
  const answers: Uint8Array[] = []
  const method = reflectionMethod(registry)
  for await (const answer of method(requests(), new AbortController().signal)) answers.push(answer)
  return answers
}

/** Paths of the files in an answer. */
const filesIn = (answer: Uint8Array): string[] =>
  fields(answer, 4).flatMap((files) => fields(files, 1).flatMap((file) => texts(fields(file, 1))))

const errorIn = (answer: Uint8Array): string[] =>
  fields(answer, 7).flatMap((error) => texts(fields(error, 2)))

test('lists the services', async () => {
  const [answer = Buffer.alloc(0)] = await ask([7, '*'])
  const services = fields(answer, 6).flatMap((list) =>
    fields(list, 1).flatMap((one) => texts(fields(one, 1))),
  )
  expect(services).toEqual([
    'tensorflow.serving.PredictionService',
    'tensorflow.serving.ModelService',
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
    'grpc.health.v1.Health',
  ])
})

test('answers questions in their order, with the host and the question', async () => {
  const answers = await ask([3, 'tensorflow_serving/apis/model.proto'], [4, 'tensorflow.TensorProto'])
  expect(answers.map((answer) => texts(fields(answer, 1)))).toEqual([['host'], ['host']])
  expect(fields(answers[0] ?? Buffer.alloc(0), 2).map((one) => texts(fields(one, 3)))).toEqual([
    ['tensorflow_serving/apis/model.proto'],
  ])
  expect(answers.map((answer) => filesIn(answer)[0])).toEqual([
    'tensorflow_serving/apis/model.proto',
    'tensorflow/core/framework/tensor.proto',
  ])
})

describe('a file comes with all that it imports', () => {
  test.each(all.map(({ path }) => path))('%s', async (path) => {
    const [answer = Buffer.alloc(0)] = await ask([3, path])
    const found = fields(answer, 4).flatMap((files) => fields(files, 1))
    const names = found.flatMap((file) => texts(fields(file, 1)))
    const imported = found.flatMap((file) => texts(fields(file, 3)))
    expect(names[0]).toBe(path)
    expect(names).toEqual(expect.arrayContaining(imported))
    expect(new Set(names).size).toBe(names.length)
  })
})

test.each([
  ['a method', 'tensorflow.serving.PredictionService.Predict', 'apis/prediction_service.proto'],
  ['a service', 'tensorflow.serving.ModelService', 'apis/model_service.proto'],
  ['a field', 'tensorflow.serving.ModelSpec.name', 'apis/model.proto'],
  ['an enum in a message', 'tensorflow.serving.ModelVersionStatus.State', 'apis/get_model_status.proto'],
  ['a value of one', 'tensorflow.serving.ModelVersionStatus.AVAILABLE', 'apis/get_model_status.proto'],
])('%s is found in its file', async (_situation, symbol, path) => {
  const [answer = Buffer.alloc(0)] = await ask([4, symbol])
  expect(filesIn(answer)[0]).toBe(`tensorflow_serving/${path}`)
})

test.each([
  ['a file', 3, 'x.proto', 'file not found: x.proto'],
  ['a symbol', 4, 'tensorflow.X', 'symbol not found: tensorflow.X'],
  ['an extension', 5, '', 'extension not found'],
  ['a type', 6, 'X', 'type not found: X'],
  ['a question', 99, '', 'invalid MessageRequest'],
])('%s that there is not is an error in the answer', async (_situation, field, text, error) => {
  const [answer = Buffer.alloc(0)] = await ask([field, text])
  expect(errorIn(answer)).toEqual([error])
})

test('a message has no extensions', async () => {
  const [answer = Buffer.alloc(0)] = await ask([6, 'tensorflow.TensorProto'])
  expect(fields(answer, 5).map((one) => texts(fields(one, 1)))).toEqual([['tensorflow.TensorProto']])
})
