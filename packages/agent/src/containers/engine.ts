import type { AgentConfig } from '../config.ts'
import { clientError, HostFailure } from '../failure-reason.ts'
import { inheritedVariables } from '../host/host-variables.ts'
import { type CallOptions, type CallResult, callEngine, findProgram } from './call-engine.ts'

/** A container engine that answers: Docker or podman, or what speaks like them. */
export interface Engine {
  /** Absolute program and the options that go before its commands. */
  readonly command: readonly string[]
  readonly kind: 'docker' | 'podman'
  /** More options for each container. */
  readonly options: readonly string[]
  /** Of the calls: where its daemon and its images are. */
  readonly environment: Readonly<Record<string, string>>
}

const answerLimitSeconds = 30

/**
 * The engine that was configured, else the first of docker and podman that answers: asked, since a client may be there
 * without its daemon. Throws HostFailure that says what to install.
 */
export async function findEngine(
  { containers, variables }: AgentConfig,
  image: string,
  signal: AbortSignal,
): Promise<Engine> {
  const environment = engineVariables(variables)
  const candidates = containers.engine.length > 0 ? [containers.engine] : [['docker'], ['podman']]
  const refusals: string[] = []
  for (const [name = '', ...args] of candidates) {
    const program = await findProgram(name, environment.PATH)
    if (program === undefined) {
      refusals.push(`${name} is not installed`)
      continue
    }
    const command = [program, ...args]
    const options = { environment, timeoutSeconds: answerLimitSeconds, signal }
    const answer = await callEngine([...command, 'ps', '--quiet'], options)
    if (answer.exitCode !== 0) refusals.push(`${name}: ${lastLine(answer.error)}`)
    else return { command, kind: await kindOf(command, options), options: containers.options, environment }
  }
  throw new HostFailure(clientError(noEngine(image, refusals)))
}

export function call(
  engine: Engine,
  args: readonly string[],
  options: Omit<CallOptions, 'environment'>,
): Promise<CallResult> {
  return callEngine([...engine.command, ...args], { ...options, environment: engine.environment })
}

async function kindOf(command: readonly string[], options: CallOptions): Promise<Engine['kind']> {
  const { output } = await callEngine([...command, '--version'], options)
  return /podman/i.test(output) ? 'podman' : 'docker'
}

const families = /^((DOCKER|CONTAINERS?|PODMAN|STORAGE|REGISTRY|BUILDAH)_.*|DBUS_SESSION_BUS_ADDRESS)$/

function engineVariables(variables: AgentConfig['variables']): Record<string, string> {
  const own = Object.entries(variables).flatMap(([name, value]) =>
    value !== undefined && families.test(name) ? [[name, value] as const] : [],
  )
  return { ...inheritedVariables(variables), ...Object.fromEntries(own) }
}

function noEngine(image: string, refusals: readonly string[]): string {
  return (
    `the image ${JSON.stringify(image)} is none of AWS's TensorFlow images, so it needs a container engine, and none answers ` +
    `(${refusals.join('; ')}). Install podman (Debian and Ubuntu: apt-get install podman) or Docker on the machine of ` +
    'the server, or name another engine with sagebrush serve --container-engine.'
  )
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() || 'it said nothing'
}
