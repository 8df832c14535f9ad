import type { Environment, OwnPython, PrivateRoot } from '@sagebrush/environments'

/** What a host's machine offers to programs: `@sagebrush/environments`, as far as the agent uses it. */
export interface Machine {
  /** Whether an environment stands for this image; all others run through a container engine. */
  hasEnvironment(image: string): Promise<boolean>
  /** Finds or makes the environment that a container image stands for. Throws HostFailure. */
  prepareEnvironment(
    image: string,
    purpose: 'training' | 'inference',
    task: MachineTask,
  ): Promise<Environment>
  /** A Python that one program may install into. Throws InstallError. */
  ownPython(environment: Environment, place: PythonPlace, task: MachineTask): Promise<OwnPython>
  /** Undefined where the kernel does not allow it. */
  privateRoot(): Promise<PrivateRoot | undefined>
}

export interface MachineTask {
  /** Hears, line by line, what is being done and what differs from what was asked for. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

export interface PythonPlace {
  /** The program's own folder. */
  readonly directory: string
  /** Path of a requirements.txt to install first. */
  readonly requirements?: string
  /** Nothing may be asked of a package index: what is needed is there already, or the installation fails. */
  readonly isOffline?: boolean
}

/** pip could not install: in its own words. */
export class InstallError extends Error {}
