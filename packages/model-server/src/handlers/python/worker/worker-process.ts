import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { Duplex, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { PythonProgram } from '../../start-user-code.ts'
import { type Frame, FrameReader, frameHead } from './frames.ts'
import { type Handling, openLedger } from './ledger.ts'
import { residentBytes } from './memory-growth.ts'

/** What a worker is told at its start; see python/sagebrush_handlers/worker.py. */
export interface WorkerSettings {
  /** Absolute path of inference.py. */
  readonly script: string
  /** Threads at most. */
  readonly hands: number
  readonly isMultiModel: boolean
  /** Of the context, in seconds; level 2.20 alone has it. */
  readonly timeout?: number
  /** Packages that the script must not find. */
  readonly hidden: readonly string[]
}

export interface WorkerProcessOptions {
  readonly program: PythonProgram
  readonly directory: string
  readonly settings: WorkerSettings
  readonly onFrame: (frame: Frame) => void
  /** Once, with how the process ended: `ended with exit code 3`, `was killed by SIGKILL`. */
  readonly onEnd: (how: string) => void
}

/** Holds `sagebrush_handlers`. */
const ourPackages = fileURLToPath(new URL('../../../../python', import.meta.url))
/** Our folder is on the path for this import alone: the script's imports must not find what lies there. */
const bootstrap =
  'import json, sys; sys.path.insert(0, sys.argv[1]); from sagebrush_handlers.worker import main; sys.path.pop(0); main(json.loads(sys.argv[2]))'

/** One Python process that runs inference.py. It prints to this process's own stdout and stderr. */
export class WorkerProcess {
  private readonly child: ChildProcess
  private readonly frames: Duplex
  private readonly moreHands: Writable
  private readonly ledger: ReturnType<typeof openLedger>
  private isCorked = false
  private hasEnded = false

  constructor({ program, directory, settings, onFrame, onEnd }: WorkerProcessOptions) {
    this.ledger = openLedger(settings.hands)
    const { stdout = 'inherit', stderr = 'inherit' } = program.output ?? {}
    this.child = spawn(program.executable, ['-c', bootstrap, ourPackages, JSON.stringify(settings)], {
      cwd: directory,
      env: { ...program.variables },
      stdio: ['ignore', stdout, stderr, 'pipe', 'pipe', this.ledger.descriptor],
    })
    const [, , , frames, moreHands] = this.child.stdio
    this.frames = frames instanceof Duplex ? frames : new Socket()
    this.moreHands = moreHands instanceof Writable ? moreHands : new Socket()
    const reader = new FrameReader()
    this.frames.on('data', (piece: Buffer) => {
      for (const frame of reader.push(piece)) onFrame(frame)
    })
    // A worker that is gone is told of by its end alone.
    for (const stream of [this.frames, this.moreHands]) stream.on('error', () => undefined)
    // Without its socket it is of no use.
    this.frames.once('close', () => this.finish())
    this.child.once('error', (error) => this.end(`could not be started: ${error.message}`, onEnd))
    this.child.once('exit', (code, signal) => {
      const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`
      // What it wrote last is still on its way, unless a process that it started holds the socket open.
      const last = setTimeout(() => this.frames.destroy(), 200)
      const end = (): void => {
        clearTimeout(last)
        this.end(how, onEnd)
      }
      if (this.frames.closed) end()
      else this.frames.once('close', end)
    })
  }

  private end(how: string, onEnd: (how: string) => void): void {
    if (this.hasEnded) return
    this.hasEnded = true
    onEnd(how)
    this.ledger.close()
    this.moreHands.destroy()
  }

  /** What is sent in one turn of the event loop goes out together. */
  send(frame: Frame): void {
    if (!this.isCorked) {
      this.isCorked = true
      this.frames.cork()
      process.nextTick(() => {
        this.isCorked = false
        this.frames.uncork()
      })
    }
    this.frames.write(frameHead(frame))
    if (frame.body.length > 0) this.frames.write(frame.body)
  }

  /** Another thread, up to the limit, where all are busy. */
  addHand(): void {
    this.moreHands.write('+')
  }

  /** What it is handling, or was when it ended; only until `onEnd` returns. */
  handlings(): Handling[] {
    return this.ledger.read()
  }

  /** Of memory. */
  residentBytes(): number | undefined {
    return residentBytes(this.child.pid)
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  /** Lets it end by itself, for a moment. */
  finish(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.frames.end()
    const late = setTimeout(() => this.kill(), 2_000)
    this.child.once('exit', () => clearTimeout(late))
  }
}
