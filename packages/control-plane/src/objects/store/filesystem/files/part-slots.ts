/** Where a part lies among the kept files. */
export interface PartPlace {
  readonly file: string
  /** In the upload's joint file; without it, the file is the part's own. */
  readonly position?: number | undefined
}

/** Held while a part is being written into the joint file. */
export interface Slot extends Disposable {
  readonly file: string
  readonly position: number
}

interface Claim {
  readonly id: string
  readonly number: number
  readonly sizeBytes: number
  /** Of the parts there are, one that lies in the joint file, should there be any. */
  readonly joined: PartPlace | undefined
}

/**
 * Uploads mostly cut an object into parts of one size. Such parts are written straight to where they belong in the
 * finished object: one joint file per upload, in which part n starts at (n - 1) times the size that the first part to
 * come announced. A part that doesn't fit gets a file of its own.
 */
export class PartSlots {
  readonly #uploads = new Map<string, UploadSlots>()

  /** Undefined for a part that needs a file of its own. Not to be asked for a number that has a part already. */
  claim({ id, number, sizeBytes, joined }: Claim): Slot | undefined {
    const { slotBytes, busy, sealed } = this.#upload(id, joined ? slotBytesOf(joined.file) : sizeBytes)
    if (sealed || busy.has(number) || sizeBytes > slotBytes) return undefined
    busy.add(number)
    return {
      file: jointName(id, slotBytes),
      position: (number - 1) * slotBytes,
      [Symbol.dispose]: () => busy.delete(number),
    }
  }

  /** Keeps writers out of the joint file until it is disposed; undefined while one is at work. */
  seal(id: string, joined: PartPlace): Disposable | undefined {
    const upload = this.#upload(id, slotBytesOf(joined.file))
    if (upload.sealed || upload.busy.size > 0) return undefined
    upload.sealed = true
    return {
      [Symbol.dispose]: () => {
        upload.sealed = false
      },
    }
  }

  /** The upload has ended. Returns the name that its joint file has, if it has one. */
  forget(id: string): string | undefined {
    const upload = this.#uploads.get(id)
    this.#uploads.delete(id)
    return upload && jointName(id, upload.slotBytes)
  }

  #upload(id: string, slotBytes: number): UploadSlots {
    const known = this.#uploads.get(id)
    if (known !== undefined) return known
    const upload = { slotBytes, busy: new Set<number>(), sealed: false }
    this.#uploads.set(id, upload)
    return upload
  }
}

interface UploadSlots {
  readonly slotBytes: number
  readonly busy: Set<number>
  sealed: boolean
}

/** The size of the finished object, if its parts lie in the joint file one after the other, and no other part does. */
export function jointBytes(
  chosen: readonly (PartPlace & { readonly sizeBytes: number })[],
  all: readonly PartPlace[],
): number | undefined {
  let end = 0
  for (const { position, sizeBytes } of chosen) {
    if (position !== end) return undefined
    end += sizeBytes
  }
  const joined = all.filter(({ position }) => position !== undefined)
  return joined.length === chosen.length ? end : undefined
}

/** The size of its slots survives a new start in its name. */
function jointName(id: string, slotBytes: number): string {
  return `${id}-${slotBytes}`
}

function slotBytesOf(file: string): number {
  return Number(file.slice(file.lastIndexOf('-') + 1))
}
