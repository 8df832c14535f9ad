import { koffi } from './koffi.ts'

/** glibc's allocator, as far as it lets a process that loads and unloads models stay small. */
export interface ReturnedMemory {
  /**
   * While any of these is held, what is allocated in larger pieces, as weights are, lies by itself, so that freeing it
   * gives it back to the system whatever lies around it. Requests that run meanwhile pay for it with page faults.
   */
  loading(): Disposable
  /** Gives back what else is free, soon, off the calling thread. Asked again and again, it is done once. */
  giveBack(): void
}

const trimThreshold = -1
const mmapThreshold = -3
/** In bytes. glibc's own bounds of what it grows to by itself. */
const smallPieces = 64 * 1024
const largePieces = 32 * 1024 * 1024
const pauseMillis = 200

/** Does nothing where the C library is another one. Source: mallopt(3), malloc_trim(3). */
export function returnedMemory(): ReturnedMemory {
  const { mallopt, trim } = find()
  let loads = 0
  let timer: NodeJS.Timeout | undefined
  return { loading, giveBack }

  function loading(): Disposable {
    loads += 1
    if (loads === 1) mallopt?.(mmapThreshold, smallPieces)
    return {
      [Symbol.dispose]() {
        loads -= 1
        if (loads === 0) mallopt?.(mmapThreshold, largePieces)
      },
    }
  }

  function giveBack(): void {
    if (timer) return
    timer = setTimeout(() => {
      timer = undefined
      // What it says is only whether there was something.
      trim?.async(0, () => undefined)
    }, pauseMillis)
    timer.unref()
  }
}

/**
 * Keeps what one run has freed for the next. Left to itself glibc may give the end of a thread's memory back after each
 * run, as chance has it laid out, and 50 images through a small CNN then take 3.1 ms of page faults and work, not 2.1.
 */
export function keepFreedMemory(): void {
  const { mallopt } = find()
  // Once the one is set, glibc adjusts neither by itself; it would have twice the one for the other.
  mallopt?.(mmapThreshold, largePieces)
  mallopt?.(trimThreshold, 2 * largePieces)
}

interface Allocator {
  readonly mallopt?: (parameter: number, value: number) => number
  readonly trim?: { readonly async: (pad: number, done: (error: unknown) => void) => void }
}

function find(): Allocator {
  const c = koffi.load(null)
  try {
    return {
      mallopt: c.func('mallopt', 'int', ['int', 'int']) as unknown as NonNullable<Allocator['mallopt']>,
      trim: c.func('malloc_trim', 'int', ['size_t']) as unknown as NonNullable<Allocator['trim']>,
    }
  } catch {
    return {}
  }
}
