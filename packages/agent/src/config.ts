import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Credentials } from '@sagebrush/api'
import { splitWords } from './containers/split-words.ts'

export interface AgentConfig {
  /** The host's folder; see host-files.ts. */
  readonly directory: string
  /** The model server's main program; needed for plans that serve. */
  readonly modelServer?: string
  /** Cache of Python environments, shared by all hosts of the machine. */
  readonly environments: string
  readonly containers: ContainerConfig
  readonly credentials: Credentials
  /** The agent's own environment: what of it goes on to programs is decided where they are started. */
  readonly variables: Readonly<Record<string, string | undefined>>
}

export interface ContainerConfig {
  /** Program and options that go before its commands; empty: whichever of docker and podman answers. */
  readonly engine: readonly string[]
  /** More options for each container. */
  readonly options: readonly string[]
}

/** Arguments and environment → config. Throws Error naming the option that is missing or unknown. */
export function readConfig(
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): AgentConfig {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'host-directory': { type: 'string' },
      'model-server': { type: 'string' },
      environments: { type: 'string' },
      'container-engine': { type: 'string', default: '' },
      'container-options': { type: 'string', default: '' },
    },
  })
  const directory = values['host-directory']
  if (directory === undefined) throw new Error('--host-directory is missing')
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = variables
  if (!accessKeyId || !secretAccessKey)
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set')
  const modelServer = values['model-server']
  return Object.freeze({
    directory,
    environments: values.environments ?? defaultCache(variables),
    containers: {
      engine: splitWords(values['container-engine']),
      options: splitWords(values['container-options']),
    },
    credentials: { accessKeyId, secretAccessKey },
    variables,
    ...(modelServer === undefined ? {} : { modelServer }),
  })
}

/** Source: XDG Base Directory Specification. */
function defaultCache({ XDG_CACHE_HOME }: Readonly<Record<string, string | undefined>>): string {
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'sagebrush')
}
