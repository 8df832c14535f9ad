/** Closes what was opened, the last first. */
export class Closing implements AsyncDisposable {
  readonly #steps: (() => unknown)[] = []

  /** Gives back what it takes. */
  use<T extends Disposable | AsyncDisposable>(opened: T): T {
    this.defer(() =>
      Symbol.asyncDispose in opened ? opened[Symbol.asyncDispose]() : opened[Symbol.dispose](),
    )
    return opened
  }

  defer(close: () => unknown): void {
    this.#steps.push(close)
  }

  /** Goes on past a step that fails, and throws its error at the end. A second call does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = []
    for (let close = this.#steps.pop(); close; close = this.#steps.pop()) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}
