import { readFile } from 'node:fs/promises'

export interface FollowedFileOptions {
  readonly path: string
  readonly pollSeconds: number
  /** What has been taken over already. */
  readonly text: string
  /** Tried again at the next look where it rejects. The signal ends with the following. */
  readonly apply: (text: string, signal: AbortSignal) => Promise<void>
  readonly log: (line: string) => void
}

/** Reads a file again and again, and hands on what has changed. Disposing it stops that. */
export function followFile({ path, pollSeconds, text, apply, log }: FollowedFileOptions): AsyncDisposable {
  const closed = new AbortController()
  let applied = text
  let lastSaid: string | undefined
  let looking: Promise<void> = Promise.resolve()
  let timer = setTimeout(look, pollSeconds * 1000)
  return {
    async [Symbol.asyncDispose]() {
      closed.abort()
      clearTimeout(timer)
      await looking
    },
  }

  function look(): void {
    looking = takeOver().finally(() => {
      if (!closed.signal.aborted) timer = setTimeout(look, pollSeconds * 1000)
    })
  }

  async function takeOver(): Promise<void> {
    try {
      const now = await readFile(path, 'utf8')
      if (now === applied) return
      await apply(now, closed.signal)
      applied = now
      lastSaid = undefined
      log(`took over ${path}`)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== lastSaid && !closed.signal.aborted) log(`${path} is not taken over: ${reason}`)
      lastSaid = reason
    }
  }
}
