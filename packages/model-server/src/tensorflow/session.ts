import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StatusError } from '../status.ts'
import { type Address, addressOf, type Library, newStatus, type StatusCell, viewOf } from './library.ts'
import { type SessionOptions, sessionConfigBytes } from './option-protos.ts'
import { type MetaGraph, readMetaGraph } from './saved-model.ts'

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
  const hasVariables = existsSync(join(directory, 'variables', 'variables.index'))
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
    const metaGraph = readMetaGraph(bufferView(metaGraphBuffer), options)
    // TensorFlow takes it for a model without variables; most likely they are still on their way.
    if (metaGraph.restoresVariables && !hasVariables) throw new StatusError('NOT_FOUND', missingVariables)
    return { handle: { session, graph }, metaGraph }
  } catch (error) {
    if (session) closeSession(library, { session, graph })
    else library.TF_DeleteGraph(graph)
    throw error
  } finally {
    library.TF_DeleteBuffer(metaGraphBuffer)
    library.TF_DeleteSessionOptions(sessionOptions)
  }
}

const missingVariables = 'the graph restores variables, but there is no variables/variables.index'

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
