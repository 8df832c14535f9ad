import { dataTypeOf } from '../data-types.ts'
import { ProtobufReader } from '../protobuf.ts'
import type { Signature, TensorInfo } from '../servable.ts'
import { type Endpoints, type GraphOutline, readGraph } from './graph-outline.ts'
import { takesAnyShape } from './shape-safety.ts'

/** What serving needs of a MetaGraphDef; constants and saver data are skipped, not copied. */
export interface MetaGraph {
  readonly signatures: ReadonlyMap<string, Signature>
  readonly graph: GraphOutline
}

/**
 * MetaGraphDef { graph_def 2, signature_def 5 (map) }.
 * Throws ProtobufError.
 */
export function readMetaGraph(bytes: Uint8Array): MetaGraph {
  const reader = new ProtobufReader(bytes)
  const declared = new Map<string, DeclaredSignature>()
  let graph: GraphOutline = { nodes: new Map(), functions: new Map() }
  while (reader.next()) {
    if (reader.field === 2) graph = readGraph(reader.message())
    else if (reader.field === 5) readMapEntry(reader.message(), declared, readSignature)
    else reader.skip()
  }
  const signatures = new Map<string, Signature>()
  for (const [name, signature] of declared) {
    signatures.set(name, { ...signature, enforceShapes: !takesAnyShape(graph, endpointsOf(signature)) })
  }
  return { signatures, graph }
}

export function endpointsOf({ inputs, outputs }: Pick<Signature, 'inputs' | 'outputs'>): Endpoints {
  const nodes = (infos: Signature['inputs']): string[] => [...infos.values()].map((info) => info.node)
  return { fed: nodes(inputs), fetched: nodes(outputs) }
}

type DeclaredSignature = Omit<Signature, 'enforceShapes'>

/** SignatureDef { inputs 1 (map), outputs 2 (map), method_name 3, defaults 4 }. */
function readSignature(reader: ProtobufReader): DeclaredSignature {
  const inputs = new Map<string, TensorInfo>()
  const outputs = new Map<string, TensorInfo>()
  let method = ''
  while (reader.next()) {
    if (reader.field === 1) readMapEntry(reader.message(), inputs, readTensorInfo)
    else if (reader.field === 2) readMapEntry(reader.message(), outputs, readTensorInfo)
    else if (reader.field === 3) method = reader.text()
    else reader.skip()
  }
  return { inputs: sortedByAlias(inputs), outputs: sortedByAlias(outputs), method }
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

function readMapEntry<T>(
  reader: ProtobufReader,
  target: Map<string, T>,
  readValue: (value: ProtobufReader) => T,
): void {
  let key = ''
  let value: T | undefined
  while (reader.next()) {
    if (reader.field === 1) key = reader.text()
    else if (reader.field === 2) value = readValue(reader.message())
    else reader.skip()
  }
  if (value !== undefined) target.set(key, value)
}

/** A protobuf map has no order: by name, so that messages and answers list aliases the same way each time. */
function sortedByAlias<T>(entries: Map<string, T>): Map<string, T> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}
