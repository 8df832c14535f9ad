/** How much of the memory for models is spoken for. */
export interface ModelMemory {
  /** False, with nothing reserved, where a model of so many bytes on disk does not fit. */
  reserve(model: string, bytesOnDisk: number): boolean
  release(model: string): void
  readonly reservedBytes: number
}

export interface ModelMemoryOptions {
  /** For all loaded models together; undefined: only what the machine has. */
  readonly limitBytes: number | undefined
  /** Free memory of the machine, or of the container around the process. */
  readonly freeBytes: () => number
}

/** Graph, session and threads of a model without weights; measured with half_plus_two and TensorFlow 2.21. */
const fixedBytes = 2 * 1024 * 1024

/** Weights take about as much memory as their files. */
export function modelMemory({ limitBytes, freeBytes }: ModelMemoryOptions): ModelMemory {
  const byModel = new Map<string, number>()
  let reservedBytes = 0
  return {
    reserve(model, bytesOnDisk) {
      const bytes = bytesOnDisk + fixedBytes
      if (bytes > freeBytes()) return false
      if (limitBytes !== undefined && reservedBytes + bytes > limitBytes) return false
      byModel.set(model, bytes)
      reservedBytes += bytes
      return true
    },
    release(model) {
      reservedBytes -= byModel.get(model) ?? 0
      byModel.delete(model)
    },
    get reservedBytes() {
      return reservedBytes
    },
  }
}
