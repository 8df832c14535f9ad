import { listEnvironments, prepareEnvironment, removeEnvironment } from '@sagebrush/environments'
import { Command } from 'commander'
import type { CliConfig } from '../config.ts'
import { terminalProgress } from '../progress.ts'

export function environmentsCommand(config: CliConfig): Command {
  const command = new Command('environments')
    .description('The Python environments that jobs and endpoints run in.')
    .option('--directory <directory>', 'where they are kept', config.environmentsDirectory)
    .addHelpText('after', '\nFor example:\n  npx sagebrush environments prepare 2.19 --python 3.12')
  const directory = () => command.opts<{ directory: string }>().directory
  command
    .command('list')
    .description('What is prepared, how large it is and when it was last used.')
    .action(() => list(directory()))
  command
    .command('prepare')
    .description('Make an environment now, so that the first job need not wait.')
    .argument('[tensorflow]', 'version of TensorFlow, such as 2.19 (default: the newest)')
    .option('--python <version>', "version of Python, such as 3.11 (default: the machine's own)")
    .action((tensorflow: string | undefined, { python }: { python?: string }) =>
      prepare({ tensorflow, python }, { cacheDirectory: directory(), variables: config.environment }),
    )
  command
    .command('remove')
    .description('Delete an environment; the next job that needs it makes it again.')
    .argument('<name>', 'as "sagebrush environments list" prints it')
    .action((name: string) => removeEnvironment(directory(), name))
  return command
}

async function list(directory: string): Promise<void> {
  const found = await listEnvironments(directory)
  if (found.length === 0) console.log('None yet: sagebrush environments prepare 2.21')
  for (const { name, sizeBytes, lastUsed } of found) {
    const used = lastUsed.toISOString().slice(0, 16).replace('T', ' ')
    console.log(`${name.padEnd(36)} ${(sizeBytes / 1e9).toFixed(1)} GB  last used ${used}`)
  }
}

async function prepare(
  { tensorflow, python }: { tensorflow: string | undefined; python: string | undefined },
  where: { cacheDirectory: string; variables: CliConfig['environment'] },
): Promise<void> {
  const progress = terminalProgress(process.stdout)
  const request = { ...(tensorflow ? { tensorflow } : {}), ...(python ? { python } : {}) }
  const environment = await prepareEnvironment(request, { ...where, onProgress: progress.update })
  for (const note of environment.notes) progress.done(note)
  progress.done(`${environment.name} is ready: ${environment.executable}`)
}
