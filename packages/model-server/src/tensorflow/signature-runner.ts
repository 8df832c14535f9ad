import type { RunPlan, Signature } from '../servable.ts'
import { StatusError } from '../status.ts'
import type { Tensor, TensorMap } from '../tensor.ts'
import { type Address, addressOf, type Library, newStatus, type StatusCell } from './library.ts'
import { runOptionsBytes } from './option-protos.ts'
import type { SessionHandle } from './session.ts'
import { fromNative, toNative } from './tensor-memory.ts'

/** One thread's way to run one signature: endpoints are looked up once and the memory of calls is kept. */
export interface SignatureRunner extends Disposable {
  /** Blocks until the result is there. A time limit replaces the plan's, 0 is none. Throws StatusError with TensorFlow's text. */
  run(inputs: TensorMap, outputs: readonly string[], timeoutMillis?: number): Map<string, Tensor>
  /** The same on a thread of libuv's pool, which costs some 30 µs more. Not to be disposed of meanwhile. */
  runElsewhere(
    inputs: TensorMap,
    outputs: readonly string[],
    timeoutMillis?: number,
  ): Promise<Map<string, Tensor>>
}

/** Throws StatusError FAILED_PRECONDITION for an endpoint that the graph does not have. */
export function signatureRunner(
  library: Library,
  handle: SessionHandle,
  signature: Pick<Signature, 'inputs' | 'outputs'>,
  plan: RunPlan,
): SignatureRunner {
  const fed = places(library, handle, signature.inputs)
  const fetched = places(library, handle, signature.outputs)
  const newCall = (): Call => ({ fed: slots(fed), fetched: slots(fetched), status: newStatus(library) })
  const idle: Call[] = [newCall()]
  const planned = optionsBuffer(library, plan)
  const unlimited = optionsBuffer(library, { ...plan, timeoutMillis: 0 })
  return { run, runElsewhere, [Symbol.dispose]: release }

  function release(): void {
    for (const { status } of idle) status[Symbol.dispose]()
    library.TF_DeleteBuffer(planned)
    library.TF_DeleteBuffer(unlimited)
  }

  function run(inputs: TensorMap, outputs: readonly string[], timeoutMillis?: number): Map<string, Tensor> {
    const call = idle.pop() ?? newCall()
    const options = optionsFor(timeoutMillis)
    try {
      feed(library, call, inputs)
      call.fetched.select(outputs)
      try {
        library.TF_SessionRun(...valuesOf(call, options))
      } finally {
        deleteAll(library, call.fed)
      }
      call.status.check()
      return take(library, call, outputs)
    } finally {
      letGo(options)
      idle.push(call)
    }
  }

  async function runElsewhere(
    inputs: TensorMap,
    outputs: readonly string[],
    timeoutMillis?: number,
  ): Promise<Map<string, Tensor>> {
    const call = idle.pop() ?? newCall()
    const options = optionsFor(timeoutMillis)
    try {
      feed(library, call, inputs)
      call.fetched.select(outputs)
      await new Promise<void>((resolve, reject) => {
        const done = (error: unknown): void => (error ? reject(error) : resolve())
        library.TF_SessionRun.async(...valuesOf(call, options), done)
      }).finally(() => deleteAll(library, call.fed))
      call.status.check()
      return take(library, call, outputs)
    } finally {
      letGo(options)
      idle.push(call)
    }
  }

  function optionsFor(timeoutMillis: number | undefined): Address {
    // On the caller's thread there is nothing that could end a run.
    if (timeoutMillis === undefined || plan.thread === 'caller') return planned
    return timeoutMillis === 0 ? unlimited : optionsBuffer(library, { ...plan, timeoutMillis })
  }

  function letGo(options: Address): void {
    if (options !== planned && options !== unlimited) library.TF_DeleteBuffer(options)
  }

  function valuesOf({ fed, fetched, status }: Call, options: Address) {
    const given = [handle.session, options, fed.cellsAddress, fed.valuesAddress, fed.count] as const
    const wanted = [fetched.cellsAddress, fetched.valuesAddress, fetched.count] as const
    return [...given, ...wanted, 0, 0, 0, status.address] as const
  }
}

/** The memory of one run. */
interface Call {
  readonly fed: Slots
  readonly fetched: Slots
  readonly status: StatusCell
}

function feed(library: Library, { fed }: Call, inputs: TensorMap): void {
  fed.select(inputs.keys())
  let index = 0
  try {
    for (const tensor of inputs.values()) fed.setValue(index++, toNative(library, tensor))
  } catch (error) {
    for (let made = 0; made < index - 1; made++) library.TF_DeleteTensor(fed.value(made))
    throw error
  }
}

function take(library: Library, { fetched }: Call, outputs: readonly string[]): Map<string, Tensor> {
  try {
    return new Map(outputs.map((alias, index) => [alias, fromNative(library, fetched.value(index))]))
  } finally {
    deleteAll(library, fetched)
  }
}

function deleteAll(library: Library, slots: Slots): void {
  for (let index = 0; index < slots.count; index++) library.TF_DeleteTensor(slots.value(index))
}

function optionsBuffer(library: Library, plan: RunPlan): Address {
  const bytes = runOptionsBytes(plan)
  return library.TF_NewBufferFromString(bytes, bytes.length)
}

/** Operation and index of each alias. */
type Places = ReadonlyMap<string, readonly [bigint, bigint]>

function places(library: Library, { graph }: SessionHandle, infos: Signature['inputs']): Places {
  return new Map([...infos].map(([alias, { node }]) => [alias, place(library, graph, node)]))
}

type Slots = ReturnType<typeof slots>

/** The arrays that TF_SessionRun takes for one side: TF_Output { oper, index } cells and TF_Tensor pointers. */
function slots(places: Places) {
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
