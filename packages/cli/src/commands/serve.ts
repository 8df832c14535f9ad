import { type RunningServer, startServer } from '@sagebrush/control-plane'
import { Command, Option } from 'commander'
import { type CliConfig, defaultPort } from '../config.ts'
import { UsageError } from '../connection.ts'
import { untilAskedToEnd } from '../signals.ts'
import { wholeNumber } from '../whole-number.ts'
import { startMistake } from './start-mistake.ts'

interface ServeOptions {
  readonly port: number
  readonly host: string
  readonly data: string
  readonly auth: 'sigv4' | 'none'
  readonly maxJobs?: number
  readonly instanceTypes?: string
  readonly containerEngine?: string
  readonly containerOptions?: string
  readonly environments: string
}

export function serveCommand(config: CliConfig): Command {
  return new Command('serve')
    .description('Start the server and stay until Ctrl-C.')
    .option('--port <number>', 'where to listen; 0 takes a free one', wholeNumber, defaultPort)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--data <directory>', 'where everything is kept', config.dataDirectory)
    .option('--max-jobs <number>', 'training jobs at a time (default: two per processor)', wholeNumber)
    .option('--instance-types <file>', 'JSON: what instance types take of this machine')
    .option('--container-engine <command>', 'runs images of your own (default: docker or podman)')
    .option('--container-options <options>', 'more options for each container')
    .option('--environments <directory>', 'cache of Python environments', config.environmentsDirectory)
    .addOption(
      new Option('--auth <mode>', 'none believes everybody; loopback only')
        .choices(['sigv4', 'none'])
        .default('sigv4'),
    )
    .addHelpText(
      'after',
      `
For example:
  npx sagebrush serve --port 8500 --data ./sagebrush-data
  npx sagebrush serve --container-engine "podman --cgroup-manager=cgroupfs"

The environment's SAGEBRUSH_DATA and SAGEBRUSH_ENVIRONMENTS move the defaults of --data and
--environments, for all commands. What instance types take: docs/instance-types.md.`,
    )
    .action(async (options: ServeOptions) => {
      await using server = await open(options)
      console.log(welcome(server, options))
      await untilAskedToEnd()
    })
}

/** Starts a server; what the user can mend becomes a UsageError. */
export async function open(
  options: Partial<ServeOptions> & { readonly data: string },
): Promise<RunningServer> {
  const { data, environments, instanceTypes, ...rest } = options
  try {
    return await startServer({
      dataDirectory: data,
      ...rest,
      ...(environments === undefined ? {} : { environmentsDirectory: environments }),
      ...(instanceTypes === undefined ? {} : { instanceTypesFile: instanceTypes }),
    })
  } catch (error) {
    const mistake = startMistake(error, options)
    throw mistake === undefined ? error : new UsageError(mistake)
  }
}

function welcome({ url }: RunningServer, { data }: ServeOptions): string {
  return `Sagebrush answers on ${url}; everything is kept in ${data}

Point a shell's AWS clients at it:
  eval "$(npx sagebrush env --data ${data})"
Run a SageMaker program or notebook as it stands:
  npx sagebrush exec --data ${data} -- python notebook.py

Ctrl-C ends the server. Jobs and endpoints live on, and the next start finds them again.`
}
