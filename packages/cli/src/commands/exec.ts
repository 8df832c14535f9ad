import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { privateRoot } from '@sagebrush/environments'
import { Command } from 'commander'
import type { CliConfig } from '../config.ts'
import { findServer } from '../connection.ts'
import { prepareIdentity } from '../identity.ts'

/** Runs a program as a SageMaker notebook instance would: identity, region, credentials, `/opt/ml/metadata`. */
export function execCommand(config: CliConfig): Command {
  return new Command('exec')
    .description('Run a program as a notebook instance would, against the running server.')
    .argument('<command...>', 'the program and its arguments')
    .option('--data <directory>', 'the data directory of the server', config.dataDirectory)
    .passThroughOptions()
    .addHelpText(
      'after',
      `
The program finds what a notebook instance of AWS has: AWS_ENDPOINT_URL, credentials and a
region, a default bucket, a role (/opt/ml/metadata), and no telemetry. It needs no change.

For example:
  npx sagebrush exec -- python notebook.py
  npx sagebrush exec -- jupyter lab`,
    )
    .action(async (command: string[], { data }: { data: string }) => {
      const { env, mlDirectory } = await prepareIdentity(await findServer(data), data, config.environment)
      const [program = '', ...args] = await insideNotebook(command, mlDirectory)
      process.exitCode = await run(program, args, { ...config.environment, ...env })
    })
}

async function insideNotebook(command: readonly string[], mlDirectory: string): Promise<readonly string[]> {
  const root = await privateRoot()
  if (root) return root.wrap(command, { mlDirectory })
  console.error('sagebrush: this kernel gives no private /opt/ml; get_execution_role() will ask STS instead')
  return command
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env })
    const forward = (signal: NodeJS.Signals) => child.kill(signal)
    process.on('SIGTERM', forward)
    // Ctrl-C reaches the program from the terminal itself; once more would be a second one.
    process.on('SIGINT', hasTerminal() ? () => {} : forward)
    child.once('error', (error) => {
      console.error(`sagebrush: ${error.message}`)
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)))
  })
}

const hasTerminal = () => process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
