import { readFile } from 'node:fs/promises'

export interface FollowedFileOptions {
  readonly path: string
  readonly pollSeconds: number
  /** What has been taken over already. */
  readonly text: string
  /**
   * Called again for a later text while an earlier one is still on its way, which it is to replace; tried again at the
   * next look where it rejects. The signal ends with the following.
   */
  readonly apply: (text: string, signal: AbortSignal) => Promise<void>
  readonly log: (line: string) => void
}

/** Reads a file again and again, and hands on what has changed. Disposing it stops that. */
export function followFile({ path, pollSeconds, text, apply, log }: FollowedFileOptions): AsyncDisposable {
  const closed = new AbortController()
  /** In effect, or on its way; undefined where the last one was refused, after which any may change something. */
  let latest: string | undefined = text
  let lastSaid: string | undefined
  let looking: Promise<void> = Promise.resolve()
  const applying = new Set<Promise<void>>()
  let timer = setTimeout(lookAgain, pollSeconds * 1000)
  return {
    async [Symbol.asyncDispose]() {
      closed.abort()
      clearTimeout(timer)
      await looking
      await Promise.all(applying)
    },
  }

  function lookAgain(): void {
    looking = look()
      .catch(sayOnce)
      .finally(() => {
        if (!closed.signal.aborted) timer = setTimeout(lookAgain, pollSeconds * 1000)
      })
  }

  async function look(): Promise<void> {
    const now = await readFile(path, 'utf8')
    if (now === latest || closed.signal.aborted) return
    latest = now
    const taken = takeOver(now).finally(() => applying.delete(taken))
    applying.add(taken)
  }

  async function takeOver(now: string): Promise<void> {
    try {
      await apply(now, closed.signal)
      if (latest !== now) return
      lastSaid = undefined
      log(`took over ${path}`)
    } catch (error) {
      if (latest !== now) return
      latest = undefined
      sayOnce(error)
    }
  }

  function sayOnce(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    if (reason !== lastSaid && !closed.signal.aborted) log(`${path} is not taken over: ${reason}`)
    lastSaid = reason
  }
}
