import type { Environment, EnvironmentOptions } from '@sagebrush/environments'
import type { AgentConfig } from '../config.ts'
import { clientError, HostFailure } from '../failure-reason.ts'
import { InstallError, type Machine, type MachineTask } from './machine.ts'

/** The machine that the agent runs on. */
export function localMachine(config: AgentConfig): Machine {
  const options = ({ say, signal }: MachineTask): EnvironmentOptions => ({
    cacheDirectory: config.environments,
    variables: config.variables,
    onProgress: say,
    signal,
  })
  return {
    async hasEnvironment(uri) {
      const { parseImage } = await import('@sagebrush/environments')
      return parseImage(uri) !== undefined
    },
    async prepareEnvironment(uri, purpose, task) {
      const { parseImage, prepareEnvironment } = await import('@sagebrush/environments')
      const image = parseImage(uri)
      if (image === undefined) throw unknownImage(uri)
      const request = { tensorflow: image.version, ...(image.python && { python: image.python }), purpose }
      const prepared = await prepareEnvironment(request, options(task)).catch((error: unknown) => {
        throw environmentFailure(uri, error)
      })
      for (const note of prepared.notes) task.say(note)
      return prepared satisfies Environment
    },
    async ownPython(environment, place, task) {
      const { EnvironmentError, ownPython } = await import('@sagebrush/environments')
      const { isOffline, ...where } = place
      const { variables, ...others } = options(task)
      const asked = { ...others, variables: isOffline ? { ...variables, ...offline } : variables }
      return ownPython(environment, { ...asked, ...where }).catch((error: unknown) => {
        throw error instanceof EnvironmentError ? new InstallError(error.message, { cause: error }) : error
      })
    },
    async privateRoot() {
      const { privateRoot } = await import('@sagebrush/environments')
      return privateRoot()
    },
  }
}

/** Source: pip's and uv's own settings. */
const offline = { PIP_NO_INDEX: '1', UV_OFFLINE: '1' }

function unknownImage(uri: string): HostFailure {
  const text = `no environment stands for the image ${JSON.stringify(uri)}: it is none of AWS's TensorFlow images`
  return new HostFailure(clientError(text))
}

function environmentFailure(uri: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'EnvironmentError') return error
  return new HostFailure(clientError(`${error.message} (asked for by the image ${uri})`), { cause: error })
}
