import { Command } from 'commander'
import type { CliConfig } from '../config.ts'
import { findServer } from '../connection.ts'
import { prepareIdentity } from '../identity.ts'

/** `eval "$(sagebrush env)"`: every AWS client of the shell then talks to the server. */
export function envCommand(config: CliConfig): Command {
  return new Command('env')
    .description('Print the export lines that point AWS clients at the running server.')
    .option('--data <directory>', 'the data directory of the server', config.dataDirectory)
    .addHelpText(
      'after',
      `
Use it with:
  eval "$(npx sagebrush env)"

It sets AWS_ENDPOINT_URL, the key pair and the region, and a configuration for the SageMaker
SDK: a default bucket, no telemetry.`,
    )
    .action(async ({ data }: { data: string }) => {
      const { env } = await prepareIdentity(await findServer(data), data, config.environment)
      for (const [name, value] of Object.entries(env)) {
        console.log(value === undefined ? `unset ${name}` : `export ${name}=${quoted(value)}`)
      }
    })
}

/** For a POSIX shell: everything between single quotes is literal. */
const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
