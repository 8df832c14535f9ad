import { open } from './commands/serve.ts'
import { type Connection, findServer, UsageError } from './connection.ts'
import type { Progress } from './progress.ts'

export interface UsedServer extends Connection, AsyncDisposable {
  readonly dataDirectory: string
}

/** The server that runs on the data directory, or one started for as long as it is used. */
export async function useServer(
  options: { readonly dataDirectory: string; readonly environmentsDirectory: string },
  progress: Progress,
): Promise<UsedServer> {
  const { dataDirectory, environmentsDirectory } = options
  try {
    const running = await findServer(dataDirectory)
    progress.done(`Using the server that runs on ${running.url}.`)
    return { ...running, dataDirectory, [Symbol.asyncDispose]: async () => undefined }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
  }
  const server = await open({ data: dataDirectory, environments: environmentsDirectory, port: 0 })
  progress.done(`Started a server on ${server.url}; everything is kept in ${dataDirectory}.`)
  const { url, region, account, credentials } = server
  return { url, region, account, credentials, dataDirectory, [Symbol.asyncDispose]: () => server.close() }
}
