import { ProtobufReader } from '../../formats/protobuf.ts'
import { writeShape, writeTensor } from '../../formats/tensor-proto/encode.ts'
import { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'
import type { VersionStatus } from '../../lifecycle/manager.ts'
import type { ServableId, Signature, TensorInfo } from '../../servable.ts'
import { invalidArgument, statusCodeNumber } from '../../status.ts'
import { writeModelSpec } from './model-spec.ts'

/** GetModelMetadataRequest { model_spec 1, metadata_field 2 }: only signature_def can be asked for. Throws StatusError. */
export function checkMetadataFields(body: Uint8Array): void {
  const reader = new ProtobufReader(body)
  const fields: string[] = []
  while (reader.next()) {
    if (reader.field === 2) fields.push(reader.text())
    else reader.skip()
  }
  if (fields.length === 0) {
    throw invalidArgument('GetModelMetadataRequest must specify at least one metadata_field')
  }
  const unknown = fields.find((field) => field !== 'signature_def')
  if (unknown !== undefined) throw invalidArgument(`Metadata field ${unknown} is not supported`)
}

/** GetModelMetadataResponse { model_spec 1, metadata 2 map<string, Any { type_url 1, value 2 }> }. */
export function encodeMetadata(model: {
  readonly id: ServableId
  readonly signatures: ReadonlyMap<string, Signature>
}): Buffer {
  const writer = new WireWriter(4096)
  writeModelSpec(writer, 1, { id: model.id, signature: '' })
  writer.message(2, () => {
    writer.textField(1, 'signature_def')
    writer.message(2, () => {
      writer.textField(1, 'type.googleapis.com/tensorflow.serving.SignatureDefMap')
      writer.message(2, () => writeMap(writer, 1, model.signatures, writeSignature))
    })
  })
  return writer.finish()
}

/** GetModelStatusResponse { model_version_status 1 { version 1, state 2, status 3 { error_code 1, error_message 2 } } }. */
export function encodeStates(states: readonly VersionStatus[]): Buffer {
  const writer = new WireWriter()
  for (const { version, state, error } of states) {
    writer.message(1, () => {
      writer.integerField(1, version)
      writer.integerField(2, stateNumbers[state])
      writer.message(3, () => {
        if (!error) return
        writer.integerField(1, statusCodeNumber(error.code))
        writer.textField(2, error.message)
      })
    })
  }
  return writer.finish()
}

/** Source: tensorflow_serving/apis/get_model_status.proto. */
const stateNumbers: Readonly<Record<VersionStatus['state'], number>> = {
  START: 10,
  LOADING: 20,
  AVAILABLE: 30,
  UNLOADING: 40,
  END: 50,
}

/** SignatureDef { inputs 1, outputs 2, method_name 3, defaults 4 map<string, TensorProto> }. */
function writeSignature(writer: WireWriter, { inputs, outputs, method, defaults }: Signature): void {
  writeMap(writer, 1, inputs, writeTensorInfo)
  writeMap(writer, 2, outputs, writeTensorInfo)
  writer.textField(3, method)
  for (const [alias, tensor] of defaults ?? []) {
    writer.message(4, () => {
      writer.textField(1, alias)
      writeTensor(writer, 2, tensor, 'values')
    })
  }
}

/** TensorInfo { name 1, dtype 2, tensor_shape 3 }. */
function writeTensorInfo(writer: WireWriter, { node, typeCode, shape }: TensorInfo): void {
  writer.textField(1, node)
  writer.integerField(2, typeCode)
  writer.message(3, () => {
    if (shape === 'unknown-rank') writer.integerField(3, 1)
    else writeShape(writer, shape)
  })
}

function writeMap<T>(
  writer: WireWriter,
  field: number,
  entries: ReadonlyMap<string, T>,
  write: (writer: WireWriter, value: T) => void,
): void {
  for (const [name, value] of entries) {
    writer.message(field, () => {
      writer.textField(1, name)
      writer.message(2, () => write(writer, value))
    })
  }
}
