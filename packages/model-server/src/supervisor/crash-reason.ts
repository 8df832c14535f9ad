/** How a process ended, as Node tells it. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const tailBytes = 8192

/** The last that a process wrote to stderr: its own account of why it ended is in there, if anywhere. */
export class OutputTail {
  private tail = Buffer.alloc(0)

  add(chunk: Buffer): void {
    const joined = chunk.length >= tailBytes ? chunk : Buffer.concat([this.tail, chunk])
    this.tail = Buffer.from(joined.subarray(-tailBytes))
  }

  get text(): string {
    return this.tail.toString()
  }
}

/**
 * Lines in which native code says why it ends the process:
 *
 *     F0000 00:00:1732167722.123456 4711 tensor.cc:45] Check failed: …        TensorFlow since 2.19
 *     2026-01-01 00:00:00.000000: F tensorflow/core/framework/tensor.cc:45] … TensorFlow before
 *     FATAL ERROR: Reached heap limit …                                       Node
 *     terminate called after throwing an instance of …                        C++
 */
const fatalLine = /^(?:F\d{4} |.{0,32}: F |FATAL ERROR: |terminate called |sagebrush-model-server: error: )/

/** `SIGABRT: F0000 … Check failed: …`; the signal or exit code alone where the process said nothing of it. */
export function crashReason({ code, signal }: ProcessEnd, lastOutput: string): string {
  const how = signal ?? `exit code ${code}`
  const line = lastOutput.split('\n').findLast((text) => fatalLine.test(text))
  return line === undefined ? how : `${how}: ${line.trim()}`
}
