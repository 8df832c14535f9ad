import { ProtobufReader } from '../../formats/protobuf.ts'
import { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'
import { statusCodeNumber } from '../../status.ts'
import type { StreamMethod } from '../transport/method.ts'
import type { ProtoRegistry } from './registry.ts'

export const reflectionPaths = ['v1', 'v1alpha'].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
)

/** Answers each question about the served protos as it comes, until the client ends. Throws ProtobufError. */
export function reflectionMethod(registry: ProtoRegistry): StreamMethod {
  return async function* serverReflectionInfo(requests) {
    for await (const request of requests) yield answer(registry, request)
  }
}

type Write = (writer: WireWriter) => void

/** `ServerReflectionResponse { valid_host 1, original_request 2, file_descriptor 4 | extension_numbers 5 | services 6 | error 7 }`. */
function answer(registry: ProtoRegistry, request: Uint8Array): Buffer {
  const { host, write } = readQuestion(registry, request)
  const writer = new WireWriter(16 * 1024)
  if (host !== '') writer.textField(1, host)
  writer.bytesField(2, request)
  write(writer)
  return writer.finish()
}

/** `ServerReflectionRequest { host 1, filename 3 | symbol 4 | extension 5 | extension_numbers 6 | list_services 7 }`. */
function readQuestion(registry: ProtoRegistry, request: Uint8Array): { host: string; write: Write } {
  const reader = new ProtobufReader(request)
  let host = ''
  let write = failure('INVALID_ARGUMENT', 'invalid MessageRequest')
  while (reader.next()) {
    const question = questions[reader.field]
    if (reader.field === 1) host = reader.text()
    else if (question) write = question(registry, reader.text())
    else if (reader.field === 5) {
      reader.skip()
      write = failure('NOT_FOUND', 'extension not found')
    } else reader.skip()
  }
  return { host, write }
}

const questions: Readonly<Record<number, (registry: ProtoRegistry, text: string) => Write>> = {
  3: (registry, path) => files(registry, path) ?? failure('NOT_FOUND', `file not found: ${path}`),
  4: (registry, symbol) =>
    files(registry, registry.pathOf(symbol) ?? '') ?? failure('NOT_FOUND', `symbol not found: ${symbol}`),
  6: (registry, type) =>
    registry.isMessage(type)
      ? (writer) => writer.message(5, () => writer.textField(1, type))
      : failure('NOT_FOUND', `type not found: ${type}`),
  7: (registry) => (writer) =>
    writer.message(6, () => {
      for (const name of registry.services) writer.message(1, () => writer.textField(1, name))
    }),
}

function files(registry: ProtoRegistry, path: string): Write | undefined {
  const found = registry.withImports(path)
  return (
    found &&
    ((writer) =>
      writer.message(4, () => {
        for (const bytes of found) writer.bytesField(1, bytes)
      }))
  )
}

function failure(code: 'NOT_FOUND' | 'INVALID_ARGUMENT', message: string): Write {
  return (writer) =>
    writer.message(7, () => {
      writer.integerField(1, statusCodeNumber(code))
      writer.textField(2, message)
    })
}
