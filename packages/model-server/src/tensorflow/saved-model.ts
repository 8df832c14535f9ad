import { dataTypeOf } from '../data-types.ts'
import { ProtobufReader } from '../formats/protobuf.ts'
import { decodeTensor } from '../formats/tensor-proto/decode.ts'
import type { Signature, TensorInfo } from '../servable.ts'
import type { Tensor } from '../tensor.ts'
import { type Endpoints, type GraphOutline, type NodeOutline, readGraph } from './graph-outline.ts'
import { takesAnyShape } from './shape-safety.ts'

/** What serving needs of a MetaGraphDef; constants and saver data are skipped, not copied. */
export interface MetaGraph {
  readonly signatures: ReadonlyMap<string, Signature>
  readonly graph: GraphOutline
}

export interface SavedMetaGraph extends MetaGraph {
  /** It was saved with variables, without whose values it can answer nothing. */
  readonly restoresVariables: boolean
}

/**
 * MetaGraphDef { graph_def 2, saver_def 3, signature_def 5 (map) }.
 * Throws ProtobufError.
 */
export function readMetaGraph(
  bytes: Uint8Array,
  { enforceMethods = false }: { readonly enforceMethods?: boolean } = {},
): SavedMetaGraph {
  const reader = new ProtobufReader(bytes)
  const declared = new Map<string, DeclaredSignature>()
  let graph: GraphOutline = { nodes: new Map(), functions: new Map() }
  let restores = false
  while (reader.next()) {
    if (reader.field === 2) graph = readGraph(reader.message())
    else if (reader.field === 3) restores = readRestoreOperation(reader.message()) !== ''
    else if (reader.field === 5) readMapEntry(reader.message(), declared, inMessage(readSignature))
    else reader.skip()
  }
  const signatures = new Map<string, Signature>()
  for (const [name, signature] of declared) {
    const enforceShapes = !takesAnyShape(graph, endpointsOf(signature))
    signatures.set(name, { ...signature, enforceShapes, ...(enforceMethods && { enforceMethod: true }) })
  }
  const restoresVariables = restores && [...graph.nodes.values()].some(isVariable)
  return { signatures, graph, restoresVariables }
}

export function endpointsOf({ inputs, outputs }: Pick<Signature, 'inputs' | 'outputs'>): Endpoints {
  const nodes = (infos: Signature['inputs']): string[] => [...infos.values()].map((info) => info.node)
  return { fed: nodes(inputs), fetched: nodes(outputs) }
}

const variableOperations = new Set(['Variable', 'VariableV2', 'VarHandleOp'])

const isVariable = ({ operation }: NodeOutline): boolean => variableOperations.has(operation)

/** SaverDef { restore_op_name 3 }. */
function readRestoreOperation(reader: ProtobufReader): string {
  let name = ''
  while (reader.next()) {
    if (reader.field === 3) name = reader.text()
    else reader.skip()
  }
  return name
}

type DeclaredSignature = Omit<Signature, 'enforceShapes'>

/** SignatureDef { inputs 1 (map), outputs 2 (map), method_name 3, defaults 4 }. */
function readSignature(reader: ProtobufReader): DeclaredSignature {
  const inputs = new Map<string, TensorInfo>()
  const outputs = new Map<string, TensorInfo>()
  const defaults = new Map<string, Tensor>()
  let method = ''
  while (reader.next()) {
    if (reader.field === 1) readMapEntry(reader.message(), inputs, inMessage(readTensorInfo))
    else if (reader.field === 2) readMapEntry(reader.message(), outputs, inMessage(readTensorInfo))
    else if (reader.field === 3) method = reader.text()
    else if (reader.field === 4) readMapEntry(reader.message(), defaults, readDefault)
    else reader.skip()
  }
  const endpoints = { inputs: sortedByAlias(inputs), outputs: sortedByAlias(outputs), method }
  return defaults.size === 0 ? endpoints : { ...endpoints, defaults }
}

/** TensorInfo { name 1, dtype 2, tensor_shape 3, coo_sparse 4, composite_tensor 5 }. */
function readTensorInfo(reader: ProtobufReader): TensorInfo {
  let node = ''
  let typeCode = 0
  let shape: TensorInfo['shape'] = []
  while (reader.next()) {
    if (reader.field === 1) node = reader.text()
    else if (reader.field === 2) typeCode = reader.varint()
    else if (reader.field === 3) shape = readShape(reader.message())
    else reader.skip()
  }
  return { node, typeCode, dtype: dataTypeOf(typeCode).dtype, shape }
}

/** TensorShapeProto { dim 2 { size 1 }, unknown_rank 3 }. */
function readShape(reader: ProtobufReader): TensorInfo['shape'] {
  const sizes: number[] = []
  let isUnknown = false
  while (reader.next()) {
    if (reader.field === 2) sizes.push(readSize(reader.message()))
    else if (reader.field === 3) isUnknown = reader.varint() !== 0
    else reader.skip()
  }
  return isUnknown ? 'unknown-rank' : sizes
}

function readSize(reader: ProtobufReader): number {
  let size = 0
  while (reader.next()) {
    if (reader.field === 1) size = reader.signedVarint()
    else reader.skip()
  }
  return size
}

/** The bytes of the whole meta graph would stay with a view of them. */
const readDefault = (bytes: Uint8Array): Tensor => decodeTensor(Uint8Array.from(bytes))

const inMessage =
  <T>(read: (reader: ProtobufReader) => T) =>
  (bytes: Uint8Array): T =>
    read(new ProtobufReader(bytes))

function readMapEntry<T>(
  reader: ProtobufReader,
  target: Map<string, T>,
  readValue: (bytes: Uint8Array) => T,
): void {
  let key = ''
  let value: T | undefined
  while (reader.next()) {
    if (reader.field === 1) key = reader.text()
    else if (reader.field === 2) value = readValue(reader.bytes())
    else reader.skip()
  }
  if (value !== undefined) target.set(key, value)
}

/** A protobuf map has no order: by name, so that messages and answers list aliases the same way each time. */
function sortedByAlias<T>(entries: Map<string, T>): Map<string, T> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}
