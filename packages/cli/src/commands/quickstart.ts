import { Command } from 'commander'
import type { CliConfig } from '../config.ts'
import { runQuickstart } from '../quickstart/quickstart.ts'
import { wholeNumber } from '../whole-number.ts'

export function quickstartCommand(config: CliConfig): Command {
  return new Command('quickstart')
    .description('Train, deploy and predict on the whole of MNIST, then tidy up.')
    .option('--data <directory>', 'where the server keeps everything', config.dataDirectory)
    .option('--epochs <number>', 'how often the images are learned from', wholeNumber, 1)
    .addHelpText(
      'after',
      `
It asks the server that runs on the data directory, or starts one for as long as it takes.
The first time it installs TensorFlow (about 2 GB) into the cache of environments.`,
    )
    .action(async ({ data, epochs }: { data: string; epochs: number }) => {
      await runQuickstart({
        dataDirectory: data,
        environmentsDirectory: config.environmentsDirectory,
        variables: config.environment,
        epochs,
      })
    })
}
