import { readFile } from 'node:fs/promises'
import { delimiter, dirname, resolve } from 'node:path'
import type { Environment, EnvironmentOptions } from './environment.ts'
import { installRequirements, type LayeredEnvironment, sharedLayer } from './installing/layer.ts'
import { writeOverlay } from './installing/overlay.ts'
import { readRequirements } from './installing/requirements-file.ts'

export interface OwnPythonOptions extends EnvironmentOptions {
  /** A folder of the program's own, made when missing; removing it removes all that the program installed. */
  readonly directory: string
  /** A requirements.txt to install first. */
  readonly requirements?: string
  /**
   * Requirements, as text, of what stands below the program's own: packages that an image has beside TensorFlow.
   * Installed once, and kept for ever.
   */
  readonly preinstalled?: string
}

/** The Python of one program. */
export interface OwnPython {
  readonly executable: string
  /** To be set for the program: PATH, VIRTUAL_ENV. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * A Python for one program: all packages of an environment, the requirements on top, and whatever the program itself
 * installs with pip, which reaches nobody else. Requirements are installed by pip, as SageMaker does, and kept for the
 * next program that asks for the same: for ever if each names its version, else for a day.
 * Throws EnvironmentError in pip's words when they cannot be installed.
 */
export async function ownPython(environment: Environment, options: OwnPythonOptions): Promise<OwnPython> {
  const { requirements, variables } = options
  const directory = resolve(options.directory)
  const text = requirements === undefined ? undefined : await readFile(requirements, 'utf8')
  const isShared = text !== undefined && readRequirements(text).isSelfContained
  const base = await withPreinstalled(environment, options)
  const lower = isShared ? await sharedLayer(base, text, options) : base
  const overlay = await writeOverlay(directory, lower)
  if (requirements !== undefined && !isShared)
    await installRequirements(
      overlay,
      { file: requirements, workingDirectory: dirname(requirements) },
      options,
    )
  return {
    executable: overlay.executable,
    variables: {
      PATH: [...overlay.programs, variables.PATH ?? '/usr/bin:/bin'].join(delimiter),
      VIRTUAL_ENV: directory,
    },
  }
}

async function withPreinstalled(
  environment: Environment,
  { preinstalled, ...options }: OwnPythonOptions,
): Promise<LayeredEnvironment> {
  if (preinstalled === undefined) return environment
  const { name, pythonVersion } = environment
  const layer = await sharedLayer(environment, preinstalled, { ...options, isKept: true })
  return { ...layer, name, pythonVersion, key: preinstalled }
}
