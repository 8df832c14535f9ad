/** What a server has opened so far, so that all of it is closed again whatever goes wrong meanwhile. */
export interface OpenedParts {
  /** Returns the part. */
  use<T extends AsyncDisposable>(part: T): T
  closeBy(close: () => Promise<void>): void
  /** Closes the latest first, each once. */
  close(): Promise<void>
}

export function openedParts(): OpenedParts {
  const closers: (() => Promise<void>)[] = []
  return {
    use(part) {
      closers.push(async () => part[Symbol.asyncDispose]())
      return part
    },
    closeBy: (close) => void closers.push(close),
    async close() {
      for (const closer of closers.splice(0).reverse()) await closer()
    },
  }
}
