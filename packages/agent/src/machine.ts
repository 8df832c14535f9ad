import type { Command } from './train/entry-point.ts'

/** What a host's machine offers to programs; see `@sagebrush/environments`. */
export interface Machine {
  /** Finds or makes the environment that a container image stands for. Throws HostFailure. */
  preparePython(image: string, task: MachineTask): Promise<Python>
  /** The same Python with a program's own packages in front, which nobody else sees. Throws InstallError. */
  installPackages(python: Python, packages: Packages, task: MachineTask): Promise<Python>
  /** Undefined where the kernel does not allow it. */
  privateRoot(options: PrivateRootOptions): Promise<PrivateRoot | undefined>
}

export interface MachineTask {
  /** Hears what is being done, line by line, and what differs from what was asked for. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

export interface Python {
  /** Path of the interpreter. */
  readonly executable: string
  /** What a program needs in its environment, PATH among them. */
  readonly variables: Readonly<Record<string, string>>
  /** Path of TensorFlow's C library. */
  readonly libtensorflow: string
}

export interface Packages {
  /** A folder that holds what is named below. */
  readonly directory: string
  /** Install `requirements.txt` of the folder. */
  readonly requirements: boolean
  /** Install the folder itself, by its `setup.py`. */
  readonly setup: boolean
  /** Where the packages may lie. */
  readonly target: string
}

/** pip could not install: its command and what it printed. */
export class InstallError extends Error {
  readonly exitCode: number
  readonly command: string

  constructor(output: string, end: { readonly exitCode: number; readonly command: string }) {
    super(output)
    this.exitCode = end.exitCode
    this.command = end.command
  }
}

export interface PrivateRootOptions {
  /** Becomes /opt/ml. */
  readonly ml: string
  /** Folders below `ml` that the program cannot write to, whatever its rights. */
  readonly readOnly: readonly string[]
  readonly hostName: string
}

export interface PrivateRoot {
  /** The command that runs this one inside. */
  enter(command: Command): Command
}
