import { ProtobufReader } from '../../formats/protobuf.ts'
import type { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'
import type { VersionChoice } from '../../lifecycle/manager.ts'
import { defaultSignature, type ServableId } from '../../servable.ts'
import { invalidArgument } from '../../status.ts'

export interface ModelSpec {
  readonly name: string
  readonly version: VersionChoice
  /** Empty: none named. */
  readonly signature: string
}

/** ModelSpec { name 1, version 2 { value 1 }, signature_name 3, version_label 4 }; the last choice of a version holds. */
export function readModelSpec(reader: ProtobufReader): ModelSpec {
  let [name, signature] = ['', '']
  let version: VersionChoice = 'latest'
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) version = { version: readWrapped(reader.message()) }
    else if (reader.field === 3) signature = reader.text()
    else if (reader.field === 4) version = { label: reader.text() }
    else reader.skip()
  }
  return { name, version, signature }
}

/** The spec in field 1 of a request, which must name a model. Throws StatusError INVALID_ARGUMENT, ProtobufError. */
export function requestedModel(body: Uint8Array): ModelSpec {
  const reader = new ProtobufReader(body)
  let spec: ModelSpec | undefined
  while (reader.next()) {
    if (reader.field === 1) spec = readModelSpec(reader.message())
    else reader.skip()
  }
  if (!spec) throw invalidArgument('Missing ModelSpec')
  if (spec.name === '') throw invalidArgument('ModelSpec has no name specified.')
  return spec
}

/** What answered, as responses echo it. */
export function writeModelSpec(
  writer: WireWriter,
  field: number,
  { id, signature }: { readonly id: ServableId; readonly signature: string },
): void {
  writer.message(field, () => {
    writer.textField(1, id.model)
    writer.message(2, () => writer.integerField(1, id.version))
    if (signature !== '') writer.textField(3, signature)
  })
}

export const signatureOr = (name: string): string => name || defaultSignature

function readWrapped(reader: ProtobufReader): number {
  let value = 0
  while (reader.next()) {
    if (reader.field === 1) value = reader.signedVarint()
    else reader.skip()
  }
  return value
}
