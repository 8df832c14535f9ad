import { createRequire } from 'node:module'
import { availableParallelism, homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { readInstanceTypes } from './compute/room/instance-types-file.ts'
import type { InstanceTypes } from './compute/room/size.ts'

/** What a server is started with; all but the data directory has a default. */
export interface ServerOptions {
  /** Holds everything that the server keeps; made where it is missing. One server at a time may have it. */
  readonly dataDirectory: string
  /** Address to listen on. Default: 127.0.0.1, so that only this machine reaches it. */
  readonly host?: string
  /** Default 0: the port of the last time, where it is free, for the sake of hosts that still run; else any. */
  readonly port?: number
  /** `none` believes everybody, and is taken on a loopback address only. Default: sigv4. */
  readonly auth?: 'sigv4' | 'none'
  /** Of requests that name none, such as presigned links of Version 2. Any region is served. Default: us-west-2. */
  readonly region?: string
  /** Twelve digits. Default: 123456789012. */
  readonly account?: string
  /** The agent's program. Default: the one of the package `@sagebrush/agent`. */
  readonly agentMain?: string
  /** The model server's program. Default: the one of the package `@sagebrush/model-server`. */
  readonly modelServerMain?: string
  /** Python environments, shared by all data directories. Default: `$XDG_CACHE_HOME/sagebrush` or `~/.cache/sagebrush`. */
  readonly environmentsDirectory?: string
  /** Training jobs that run at a time, if their instance types leave room; the rest wait. Default: two for each processor. */
  readonly maxJobs?: number
  /** A JSON file: what instance types take of this machine. Default: none, docs/instance-types.md says what they take then. */
  readonly instanceTypesFile?: string
  /** Command line of the container engine, options that go before its commands included. Default: docker or podman, whichever answers. */
  readonly containerEngine?: string
  /** More options for the containers that it creates. Default: none. */
  readonly containerOptions?: string
  /** Told of what goes wrong inside, a line or more at a time. Default: stderr. */
  readonly log?: (line: string) => void
}

export interface ServerConfig extends Readonly<Required<Omit<ServerOptions, 'instanceTypesFile'>>> {
  /** Of `instanceTypesFile`; empty without one. */
  readonly instanceTypes: InstanceTypes
  /** Where hosts on this machine reach the server, but for the port. */
  readonly hostForAgents: string
  /** What agents inherit of this process's environment: no credentials of another cloud. */
  readonly agentEnvironment: Readonly<Record<string, string>>
}

/** An option that cannot be: the message names it and the value got. */
export class ConfigError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/** Options and environment → config. Throws ConfigError. */
export function completeConfig(options: ServerOptions, environment: Environment = process.env): ServerConfig {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache')
  const complete = {
    host: '127.0.0.1',
    port: 0,
    auth: 'sigv4' as const,
    region: 'us-west-2',
    account: '123456789012',
    agentMain: options.agentMain ?? programOf('@sagebrush/agent'),
    modelServerMain: options.modelServerMain ?? programOf('@sagebrush/model-server'),
    environmentsDirectory: join(cache, 'sagebrush'),
    maxJobs: 2 * availableParallelism(),
    containerEngine: '',
    containerOptions: '',
    log: (line: string) => console.error(line),
    ...(given as ServerOptions),
  }
  check(complete)
  const { instanceTypesFile: file, ...config } = complete
  return Object.freeze({
    ...config,
    instanceTypes: file === undefined ? {} : instanceTypesOf(file),
    dataDirectory: resolve(complete.dataDirectory),
    environmentsDirectory: resolve(complete.environmentsDirectory),
    hostForAgents: hostForAgents(complete.host),
    agentEnvironment: agentEnvironment(environment),
  })
}

function check(config: Required<Omit<ServerOptions, 'instanceTypesFile'>>): void {
  const { dataDirectory, host, port, auth, region, account, maxJobs } = config
  demand(dataDirectory !== '', `dataDirectory must not be empty`)
  demand(Number.isInteger(port) && port >= 0 && port <= 65_535, `port must be from 0 to 65535, not ${port}`)
  demand(auth === 'sigv4' || auth === 'none', `auth must be sigv4 or none, not ${auth}`)
  demand(auth !== 'none' || isLoopback(host), `auth none is for loopback addresses only, and host is ${host}`)
  demand(/^[a-z0-9-]{1,63}$/.test(region), `region must be lower case letters, digits and "-", not ${region}`)
  demand(/^\d{12}$/.test(account), `account must be twelve digits, not ${account}`)
  demand(Number.isInteger(maxJobs) && maxJobs >= 1, `maxJobs must be a whole number from 1, not ${maxJobs}`)
}

function instanceTypesOf(file: string): InstanceTypes {
  try {
    return readInstanceTypes(resolve(file))
  } catch (error) {
    throw new ConfigError((error as Error).message, { cause: error })
  }
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new ConfigError(otherwise)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** A server that listens on every address is reached on the loopback one. */
function hostForAgents(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function agentEnvironment(environment: Environment): Record<string, string> {
  const foreign = /^(AWS_|SAGEMAKER_|SM_|NODE_|npm_)/
  const kept = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && !foreign.test(name),
  )
  return Object.fromEntries(kept) as Record<string, string>
}

function programOf(name: string): string {
  return createRequire(import.meta.url).resolve(`${name}/main`)
}
