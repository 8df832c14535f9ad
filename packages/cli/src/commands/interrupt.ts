import { ApiError } from '@sagebrush/sdk'
import { Command } from 'commander'
import type { CliConfig } from '../config.ts'
import { findServer, openSession, UsageError } from '../connection.ts'

/** What only AWS can do there: takes the machine of a managed spot training job away. */
export function interruptCommand(config: CliConfig): Command {
  return new Command('interrupt')
    .description('Take the spot capacity of a managed spot training job away, as AWS does at times.')
    .argument('<job>', 'name of the training job')
    .option('--data <directory>', 'the data directory of the server', config.dataDirectory)
    .addHelpText(
      'after',
      `
The script gets SIGTERM and 120 s, its checkpoints go up, and the job starts again with
them: Interrupted, then Starting. Any client can do the same with the operation
InterruptTrainingJob of the SageMaker API, which AWS does not have.`,
    )
    .action(async (job: string, { data }: { data: string }) => {
      const session = openSession(await findServer(data))
      await session.sagemaker.InterruptTrainingJob({ TrainingJobName: job }).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.message.includes(job)) throw error
        throw new UsageError(`training job ${job}: ${error.message}`)
      })
      console.log(`${job} is interrupted; it starts again with its checkpoints`)
    })
}
