import type { RunPlan, Signature } from '../servable.ts'
import { StatusError } from '../status.ts'
import type { Tensor, TensorMap } from '../tensor.ts'
import { type Address, addressOf, type Library, newStatus, type StatusCell, viewOf } from './library.ts'
import { runOptionsBytes, type SessionOptions, sessionConfigBytes } from './option-protos.ts'
import { type MetaGraph, readMetaGraph } from './saved-model.ts'
import { fromNative, toNative } from './tensor-memory.ts'

export interface SessionHandle {
  readonly session: Address
  readonly graph: Address
}

/**
 * Loads the meta graph with the tags wanted and restores its variables, off the calling thread.
 * Throws StatusError with TensorFlow's text. The caller closes the handle.
 */
export async function loadSession(
  library: Library,
  directory: string,
  options: SessionOptions,
): Promise<{ handle: SessionHandle; metaGraph: MetaGraph }> {
  using status = newStatus(library)
  const sessionOptions = library.TF_NewSessionOptions()
  const graph = library.TF_NewGraph()
  const metaGraphBuffer = library.TF_NewBuffer()
  let session: Address = 0
  try {
    const config = sessionConfigBytes(options)
    library.TF_SetConfig(sessionOptions, config, config.length, status.address)
    status.check()
    const tags = options.savedModelTags ?? ['serve']
    const call = { sessionOptions, directory, tags, graph, metaGraphBuffer, status }
    session = await loadOffThread(library, call)
    status.check()
    return { handle: { session, graph }, metaGraph: readMetaGraph(bufferView(metaGraphBuffer), options) }
  } catch (error) {
    if (session) closeSession(library, { session, graph })
    else library.TF_DeleteGraph(graph)
    throw error
  } finally {
    library.TF_DeleteBuffer(metaGraphBuffer)
    library.TF_DeleteSessionOptions(sessionOptions)
  }
}

export function closeSession(library: Library, { session, graph }: SessionHandle): void {
  using status = newStatus(library)
  library.TF_CloseSession(session, status.address)
  library.TF_DeleteSession(session, status.address)
  library.TF_DeleteGraph(graph)
}

interface LoadCall {
  readonly sessionOptions: Address
  readonly directory: string
  readonly tags: readonly string[]
  readonly graph: Address
  readonly metaGraphBuffer: Address
  readonly status: StatusCell
}

function loadOffThread(library: Library, call: LoadCall): Promise<Address> {
  const texts = call.tags.map((tag) => Buffer.from(`${tag}\0`))
  const tags = new BigInt64Array(new ArrayBuffer(Math.max(texts.length, 1) * 8))
  texts.forEach((text, index) => {
    tags[index] = BigInt(addressOf(text))
  })
  const { sessionOptions, directory, graph, metaGraphBuffer, status } = call
  return new Promise((resolve, reject) => {
    const done = (error: unknown, session: Address): void => {
      // Naming them here keeps the tags' bytes until the library has read them.
      if (error || texts.length > tags.length) reject(error)
      else resolve(session)
    }
    const last = [graph, metaGraphBuffer, status.address] as const
    library.TF_LoadSessionFromSavedModel.async(
      sessionOptions,
      0,
      directory,
      tags,
      texts.length,
      ...last,
      done,
    )
  })
}

/** TF_Buffer { const void* data; size_t length; … }, seen in place. */
function bufferView(buffer: Address): Uint8Array {
  const head = viewOf(buffer, 16)
  const [data = 0n, length = 0n] = new BigUint64Array(head.buffer, 0, 2)
  return viewOf(Number(data), Number(length))
}

/** One thread's way to run one signature: endpoints are looked up once and the call's memory is kept. */
export interface SignatureRunner extends Disposable {
  /** Blocks until the result is there. A time limit replaces the plan's, 0 is none. Throws StatusError with TensorFlow's text. */
  run(inputs: TensorMap, outputs: readonly string[], timeoutMillis?: number): Map<string, Tensor>
}

/** Throws StatusError FAILED_PRECONDITION for an endpoint that the graph does not have. */
export function signatureRunner(
  library: Library,
  handle: SessionHandle,
  signature: Pick<Signature, 'inputs' | 'outputs'>,
  plan: RunPlan,
): SignatureRunner {
  const fed = endpoints(library, handle, signature.inputs)
  const fetched = endpoints(library, handle, signature.outputs)
  const status = newStatus(library)
  const planned = optionsBuffer(library, plan)
  const unlimited = optionsBuffer(library, { ...plan, timeoutMillis: 0 })
  return { run, [Symbol.dispose]: release }

  function release(): void {
    status[Symbol.dispose]()
    library.TF_DeleteBuffer(planned)
    library.TF_DeleteBuffer(unlimited)
  }

  function run(inputs: TensorMap, outputs: readonly string[], timeoutMillis?: number): Map<string, Tensor> {
    // On the caller's thread there is nothing that could end a run.
    if (timeoutMillis === undefined || plan.thread === 'caller') return runWith(planned, inputs, outputs)
    if (timeoutMillis === 0) return runWith(unlimited, inputs, outputs)
    const limited = optionsBuffer(library, { ...plan, timeoutMillis })
    try {
      return runWith(limited, inputs, outputs)
    } finally {
      library.TF_DeleteBuffer(limited)
    }
  }

  function runWith(runOptions: Address, inputs: TensorMap, outputs: readonly string[]): Map<string, Tensor> {
    feed(inputs)
    fetched.select(outputs)
    try {
      library.TF_SessionRun(
        ...([handle.session, runOptions, fed.cellsAddress, fed.valuesAddress, fed.count] as const),
        ...([fetched.cellsAddress, fetched.valuesAddress, fetched.count, 0, 0, 0, status.address] as const),
      )
    } finally {
      for (let index = 0; index < fed.count; index++) library.TF_DeleteTensor(fed.value(index))
    }
    status.check()
    return take(outputs)
  }

  function feed(inputs: TensorMap): void {
    fed.select(inputs.keys())
    let index = 0
    try {
      for (const tensor of inputs.values()) fed.setValue(index++, toNative(library, tensor))
    } catch (error) {
      for (let made = 0; made < index - 1; made++) library.TF_DeleteTensor(fed.value(made))
      throw error
    }
  }

  function take(outputs: readonly string[]): Map<string, Tensor> {
    try {
      return new Map(outputs.map((alias, index) => [alias, fromNative(library, fetched.value(index))]))
    } finally {
      for (let index = 0; index < fetched.count; index++) library.TF_DeleteTensor(fetched.value(index))
    }
  }
}

function optionsBuffer(library: Library, plan: RunPlan): Address {
  const bytes = runOptionsBytes(plan)
  return library.TF_NewBufferFromString(bytes, bytes.length)
}

/** The arrays that TF_SessionRun takes for one side: TF_Output { oper, index } cells and TF_Tensor pointers. */
function endpoints(library: Library, { graph }: SessionHandle, infos: Signature['inputs']) {
  const places = new Map<string, readonly [bigint, bigint]>()
  for (const [alias, { node }] of infos) places.set(alias, place(library, graph, node))
  const cells = new BigInt64Array(new ArrayBuffer(Math.max(places.size, 1) * 16))
  const values = new Uint32Array(new ArrayBuffer(Math.max(places.size, 1) * 8))
  return {
    cellsAddress: addressOf(new Uint8Array(cells.buffer)),
    valuesAddress: addressOf(new Uint8Array(values.buffer)),
    count: 0,
    select(aliases: Iterable<string>): void {
      this.count = 0
      for (const alias of aliases) {
        const [operation, index] = places.get(alias) ?? unknownAlias(alias)
        cells[this.count * 2] = operation
        cells[this.count * 2 + 1] = index
        this.count++
      }
    },
    value: (index: number): Address => (values[index * 2] ?? 0) + (values[index * 2 + 1] ?? 0) * 2 ** 32,
    setValue(index: number, address: Address): void {
      values[index * 2] = address % 2 ** 32
      values[index * 2 + 1] = Math.floor(address / 2 ** 32)
    },
  }
}

function place(library: Library, graph: Address, node: string): readonly [bigint, bigint] {
  const [name = '', index = '0'] = node.split(':')
  const operation = library.TF_GraphOperationByName(graph, name)
  if (!operation) {
    throw new StatusError(
      'FAILED_PRECONDITION',
      `The signature names "${node}", which the graph does not have`,
    )
  }
  return [BigInt(operation), BigInt(index)]
}

function unknownAlias(alias: string): never {
  throw new StatusError('INVALID_ARGUMENT', `The signature has no endpoint named ${alias}`)
}
