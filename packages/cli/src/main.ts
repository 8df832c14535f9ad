import { createRequire } from 'node:module'
import { EnvironmentError } from '@sagebrush/environments'
import { ApiError, EndpointFailed, TrainingJobFailed } from '@sagebrush/sdk'
import { Command } from 'commander'
import { envCommand } from './commands/env.ts'
import { environmentsCommand } from './commands/environments.ts'
import { execCommand } from './commands/exec.ts'
import { interruptCommand } from './commands/interrupt.ts'
import { quickstartCommand } from './commands/quickstart.ts'
import { serveCommand } from './commands/serve.ts'
import { readConfig } from './config.ts'
import { UsageError } from './connection.ts'

/** What the user can understand and mend: told in one line, without a stack. */
const told = [UsageError, EnvironmentError, TrainingJobFailed, EndpointFailed, ApiError]

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }
const config = readConfig()
const program = new Command('sagebrush')
  .description('SageMaker for TensorFlow on your own machines.')
  .version(version)
  .addHelpText(
    'after',
    '\nStart with:\n  npx sagebrush quickstart     train, deploy and predict on real data\n  npx sagebrush serve          the server that stays',
  )
  .enablePositionalOptions()
const commands = [
  serveCommand,
  envCommand,
  execCommand,
  environmentsCommand,
  interruptCommand,
  quickstartCommand,
]
for (const make of commands) {
  program.addCommand(make(config))
}

try {
  await program.parseAsync()
} catch (error) {
  if (!told.some((kind) => error instanceof kind)) throw error
  console.error(`sagebrush: ${(error as Error).message}`)
  process.exitCode = 1
}
