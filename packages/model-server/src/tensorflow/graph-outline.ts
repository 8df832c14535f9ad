import type { ProtobufReader } from '../formats/protobuf.ts'

/** A GraphDef without its attributes' values: which operation takes its inputs from which, and what it calls. */
export interface GraphOutline {
  readonly nodes: ReadonlyMap<string, NodeOutline>
  /** Bodies of the function library, by name. */
  readonly functions: ReadonlyMap<string, readonly NodeOutline[]>
}
export interface NodeOutline {
  readonly name: string
  readonly operation: string
  /** Names of nodes, without `^` and `:index`. */
  readonly inputs: readonly string[]
  /** Functions named in the node's attributes. */
  readonly calls: readonly string[]
}

/** GraphDef { node 1, library 2 { function 1 } }. Throws ProtobufError. */
export function readGraph(reader: ProtobufReader): GraphOutline {
  const nodes = new Map<string, NodeOutline>()
  const functions = new Map<string, readonly NodeOutline[]>()
  while (reader.next()) {
    if (reader.field === 1) {
      const node = readNode(reader.message())
      nodes.set(node.name, node)
    } else if (reader.field === 2) readLibrary(reader.message(), functions)
    else reader.skip()
  }
  return { nodes, functions }
}

/** What a run is given and asked for, as `operation:index`. */
export interface Endpoints {
  readonly fed: readonly string[]
  readonly fetched: readonly string[]
}

/**
 * The operations that such a run may execute, function bodies included, each name once: what lies behind a fed
 * node does not run. Undefined where the graph refers to something that it does not hold.
 */
export function reachableOperations(
  graph: GraphOutline,
  { fed, fetched }: Endpoints,
): Set<string> | undefined {
  const operations = new Set<string>()
  const seen = new Set<string>(fed.map(nodeName))
  const calls: string[] = []
  const waiting = fetched.map(nodeName)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const node = graph.nodes.get(name)
    if (!node) return undefined
    waiting.push(...node.inputs)
    note(node)
  }
  const called = new Set<string>()
  for (let name = calls.pop(); name !== undefined; name = calls.pop()) {
    if (called.has(name)) continue
    called.add(name)
    const body = graph.functions.get(name)
    if (!body) return undefined
    body.forEach(note)
  }
  return operations

  function note(node: NodeOutline): void {
    calls.push(...node.calls)
    if (graph.functions.has(node.operation)) calls.push(node.operation)
    else operations.add(node.operation)
  }
}

/** FunctionDefLibrary { function 1 FunctionDef { signature 1 OpDef { name 1 }, node_def 3 } }. */
function readLibrary(reader: ProtobufReader, functions: Map<string, readonly NodeOutline[]>): void {
  while (reader.next()) {
    if (reader.field === 1) readFunction(reader.message(), functions)
    else reader.skip()
  }
}

function readFunction(reader: ProtobufReader, functions: Map<string, readonly NodeOutline[]>): void {
  let name = ''
  const body: NodeOutline[] = []
  while (reader.next()) {
    if (reader.field === 1) name = readFirstText(reader.message())
    else if (reader.field === 3) body.push(readNode(reader.message()))
    else reader.skip()
  }
  functions.set(name, body)
}

/** NodeDef { name 1, op 2, input 3, attr 5 (map) }. */
function readNode(reader: ProtobufReader): NodeOutline {
  let name = ''
  let operation = ''
  const inputs: string[] = []
  const calls: string[] = []
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) operation = reader.text()
    else if (reader.field === 3) inputs.push(nodeName(reader.text()))
    else if (reader.field === 5) readAttribute(reader.message(), calls)
    else reader.skip()
  }
  return { name, operation, inputs, calls }
}

/** Map entry { value 2 AttrValue { list 1 { func 9 }, func 10 NameAttrList { name 1 } } }. */
function readAttribute(reader: ProtobufReader, calls: string[]): void {
  while (reader.next()) {
    if (reader.field !== 2) {
      reader.skip()
      continue
    }
    const value = reader.message()
    while (value.next()) {
      if (value.field === 10) calls.push(readFirstText(value.message()))
      else if (value.field === 1) readFunctionList(value.message(), calls)
      else value.skip()
    }
  }
}

function readFunctionList(reader: ProtobufReader, calls: string[]): void {
  while (reader.next()) {
    if (reader.field === 9) calls.push(readFirstText(reader.message()))
    else reader.skip()
  }
}

function readFirstText(reader: ProtobufReader): string {
  let text = ''
  while (reader.next()) {
    if (reader.field === 1) text = reader.text()
    else reader.skip()
  }
  return text
}

function nodeName(reference: string): string {
  const start = reference.startsWith('^') ? 1 : 0
  const colon = reference.indexOf(':')
  return colon < 0 ? reference.slice(start) : reference.slice(start, colon)
}
