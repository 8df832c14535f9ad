import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A request that a worker is handling. Two handlings, of one request too, differ in `count`. */
export interface Handling {
  readonly id: number
  readonly slot: number
  readonly count: bigint
}

/** Which requests a worker is handling, readable also when it hangs or has ended. See sagebrush_handlers/ledger.py. */
export interface Ledger {
  /** For the worker to map. */
  readonly descriptor: number
  read(): Handling[]
  close(): void
}

const slotBytes = 16

/** A file that no directory names. Throws Node's error. */
export function openLedger(slots: number): Ledger {
  const directory = mkdtempSync(join(tmpdir(), 'sagebrush-ledger-'))
  const descriptor = openSync(join(directory, 'ledger'), 'w+')
  rmSync(directory, { recursive: true })
  ftruncateSync(descriptor, slots * slotBytes)
  const bytes = Buffer.alloc(slots * slotBytes)
  return { descriptor, read, close: () => closeSync(descriptor) }

  function read(): Handling[] {
    readSync(descriptor, bytes, 0, bytes.length, 0)
    const handlings: Handling[] = []
    for (let slot = 0; slot < slots; slot++) {
      const id = Number(bytes.readBigUInt64LE(slot * slotBytes))
      if (id !== 0) handlings.push({ id, slot, count: bytes.readBigUInt64LE(slot * slotBytes + 8) })
    }
    return handlings
  }
}
