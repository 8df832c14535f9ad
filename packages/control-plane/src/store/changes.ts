/** Hands names to whoever listens: each waiting name once, however often it changed. Nobody listens: nothing is kept. */
export class Changes {
  readonly #feeds = new Set<Feed>()

  announce(name: string): void {
    for (const feed of this.#feeds) feed.push(name)
  }

  /** Listens from the call on (not from the first `next`) until `signal` aborts. */
  subscribe(signal: AbortSignal): AsyncIterableIterator<string> {
    const feed = new Feed()
    if (signal.aborted) feed.close()
    else {
      this.#feeds.add(feed)
      const leave = () => {
        this.#feeds.delete(feed)
        feed.close()
      }
      signal.addEventListener('abort', leave, { once: true })
    }
    return feed.names()
  }
}

class Feed {
  readonly #waiting = new Set<string>()
  #closed = false
  #wake: (() => void) | undefined

  push(name: string): void {
    this.#waiting.add(name)
    this.#wake?.()
  }

  close(): void {
    this.#closed = true
    this.#wake?.()
  }

  async *names(): AsyncGenerator<string, undefined> {
    while (!this.#closed) {
      for (const name of this.#waiting) {
        this.#waiting.delete(name)
        yield name
        if (this.#closed) return
      }
      if (this.#waiting.size === 0 && !this.#closed) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        this.#wake = undefined
      }
    }
  }
}
