import { Command } from 'commander'
import type { CliConfig } from '../config.ts'
import { runQuickstart } from '../quickstart/quickstart.ts'

export function quickstartCommand(config: CliConfig): Command {
  return new Command('quickstart')
    .description('Train, deploy and predict on the whole of MNIST, then tidy up.')
    .option('--data <directory>', 'where the server keeps everything', config.dataDirectory)
    .option('--epochs <number>', 'how often the images are learned from', Number, 1)
    .action(async ({ data, epochs }: { data: string; epochs: number }) => {
      await runQuickstart({
        dataDirectory: data,
        environmentsDirectory: config.environmentsDirectory,
        variables: config.environment,
        epochs,
      })
    })
}
