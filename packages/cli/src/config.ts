import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The one place where the command line reads its environment. */
export interface CliConfig {
  /** Where the server keeps everything, unless `--data` says otherwise. */
  readonly dataDirectory: string
  /** Where Python environments are kept, shared by all data directories. */
  readonly environmentsDirectory: string
  /** What programs started by `exec` inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

export const defaultPort = 8400

/** SAGEBRUSH_DATA and SAGEBRUSH_ENVIRONMENTS move the defaults; XDG_CACHE_HOME is respected. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache')
  return {
    dataDirectory: resolve(environment.SAGEBRUSH_DATA || join(homedir(), '.sagebrush')),
    environmentsDirectory: resolve(environment.SAGEBRUSH_ENVIRONMENTS || join(cache, 'sagebrush')),
    environment,
  }
}
