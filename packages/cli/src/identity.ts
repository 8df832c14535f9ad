import { join } from 'node:path'
import { type NotebookIdentity, notebookIdentity } from '@sagebrush/environments'
import type { Connection } from './connection.ts'

/** Writes the files that a notebook instance has into the data directory, and names the variables that point at them. */
export function prepareIdentity(
  server: Connection,
  dataDirectory: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<NotebookIdentity> {
  const { url, region, account, credentials } = server
  return notebookIdentity({
    endpoint: url,
    credentials,
    region,
    account,
    bucket: `sagemaker-${region}-${account}`,
    directory: join(dataDirectory, 'notebook'),
    variables,
  })
}
