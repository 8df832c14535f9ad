import { dirname } from 'node:path'
import { StatusError, statusCodeOf } from '../status.ts'
import { koffi } from './koffi.ts'

/** An address in this process. The C API's pointers travel as numbers: they fit 53 bits and need no BigInt. */
export type Address = number

const address = 'uintptr'
type Type = typeof address | 'int' | 'size_t' | 'int64' | 'void' | 'str' | 'void *'

/** The functions used here: result, then arguments. Source: tensorflow/c/c_api.h and its parts. */
const functions = {
  TF_Version: ['str', []],
  TF_NewStatus: [address, []],
  TF_DeleteStatus: ['void', [address]],
  TF_GetCode: ['int', [address]],
  TF_Message: ['str', [address]],
  TF_NewBuffer: [address, []],
  TF_NewBufferFromString: [address, ['void *', 'size_t']],
  TF_DeleteBuffer: ['void', [address]],
  TF_NewGraph: [address, []],
  TF_DeleteGraph: ['void', [address]],
  TF_GraphOperationByName: [address, [address, 'str']],
  TF_NewSessionOptions: [address, []],
  TF_SetConfig: ['void', [address, 'void *', 'size_t', address]],
  TF_DeleteSessionOptions: ['void', [address]],
  TF_LoadSessionFromSavedModel: [
    address,
    [address, address, 'str', 'void *', 'int', address, address, address],
  ],
  TF_SessionRun: [
    'void',
    [address, address, address, address, 'int', address, address, 'int', address, 'int', address, address],
  ],
  TF_CloseSession: ['void', [address, address]],
  TF_DeleteSession: ['void', [address, address]],
  TF_AllocateTensor: [address, ['int', address, 'int', 'size_t']],
  TF_DeleteTensor: ['void', [address]],
  TF_TensorData: [address, [address]],
  TF_TensorByteSize: ['size_t', [address]],
  TF_TensorType: ['int', [address]],
  TF_NumDims: ['int', [address]],
  TF_Dim: ['int64', [address, 'int']],
  TF_StringInit: ['void', [address]],
  TF_StringCopy: ['void', [address, 'void *', 'size_t']],
  TF_StringGetSize: ['size_t', [address]],
  TF_StringGetDataPointer: [address, [address]],
} as const satisfies Record<string, readonly [Type, readonly Type[]]>

interface ValueOf {
  readonly uintptr: Address
  readonly int: number
  readonly size_t: number
  readonly int64: number
  readonly void: undefined
  readonly str: string
  readonly 'void *': Uint8Array | BigInt64Array | null
}
type Arguments<A extends readonly Type[]> = { -readonly [I in keyof A]: ValueOf[A[I]] }
type Callable<A extends readonly Type[], R> = {
  (...values: Arguments<A>): R
  /** Runs on a thread of libuv's pool. */
  async(...values: [...Arguments<A>, (error: unknown, result: R) => void]): void
}
type Functions = {
  readonly [N in keyof typeof functions]: Callable<
    (typeof functions)[N][1],
    ValueOf[(typeof functions)[N][0]]
  >
}

export interface Library extends Functions {
  readonly path: string
  /** Copies from one of our buffers into native memory. */
  copyIn(target: Address, source: Uint8Array, byteCount: number): void
  /** Copies native memory into one of our buffers. */
  copyOut(target: Uint8Array, source: Address, byteCount: number): void
}

/**
 * Binds libtensorflow_cc.so.2 (the TensorFlow wheel's), which finds libtensorflow_framework beside itself.
 * Throws StatusError NOT_FOUND with the loader's reason. Opened twice, also by another thread, it is one library.
 */
export function openLibrary(path: string): Library {
  keepLoaded(path)
  const handle = koffi.load(path)
  const c = koffi.load(null)
  const bound = Object.fromEntries(
    Object.entries(functions).map(([name, [result, values]]) => [
      name,
      handle.func(name, result, [...values]),
    ]),
  ) as unknown as Functions
  return {
    ...bound,
    path,
    copyIn: c.func('memcpy', address, [address, 'void *', 'size_t']) as unknown as Library['copyIn'],
    copyOut: c.func('memcpy', address, ['void *', address, 'size_t']) as unknown as Library['copyOut'],
  }
}

/** The library's static data does not survive being unloaded: Node would crash at its exit. */
function keepLoaded(path: string): void {
  const c = koffi.load(null)
  const open = c.func('dlopen', address, ['str', 'int'])
  const now = 2
  const neverUnload = process.platform === 'darwin' ? 0x80 : 0x1000
  if (open(path, now | neverUnload)) return
  const reason: unknown = c.func('dlerror', 'str', [])()
  throw new StatusError(
    'NOT_FOUND',
    `libtensorflow cannot be loaded from ${dirname(path)}: ${String(reason)}`,
  )
}

/** A TF_Status kept for many calls. `check` throws StatusError with TensorFlow's code and text. */
export interface StatusCell extends Disposable {
  readonly address: Address
  check(): void
}

export function newStatus(library: Library): StatusCell {
  const status = library.TF_NewStatus()
  return {
    address: status,
    check() {
      const code = library.TF_GetCode(status)
      if (code !== 0) throw new StatusError(statusCodeOf(code), library.TF_Message(status))
    },
    [Symbol.dispose]: () => library.TF_DeleteStatus(status),
  }
}

/** The address of a buffer's bytes. It holds while the caller keeps the buffer, which must not be a small heap array. */
export const addressOf = (buffer: Uint8Array | BigInt64Array): Address => Number(koffi.address(buffer))

/** A view of native memory, to be let go of before that memory is freed. */
export const viewOf = (start: Address, byteCount: number): Uint8Array =>
  new Uint8Array(koffi.view(BigInt(start), byteCount))
