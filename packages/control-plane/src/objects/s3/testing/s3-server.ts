import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError, type Bytes, bytesOf, type Client, createClient, readAll, s3 } from '@sagebrush/api'
import { expect } from 'vitest'
import { dispatcher } from '../../../http/dispatch.ts'
import { HttpServer } from '../../../http/http-server.ts'
import { mount } from '../../../http/mount.ts'
import { openDatabase } from '../../../store/sqlite.ts'
import { openFilesystemStorage } from '../../store/filesystem/filesystem-storage.ts'
import { s3Handlers } from '../s3-handlers.ts'

export interface S3Server extends AsyncDisposable {
  readonly client: Client<typeof s3>
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly directory: string
  /** The server's clock, to be turned by hand. */
  now: Date
}

/** S3 on a port of its own, which asks for no signatures, with the bucket `bucket`. */
export async function startS3({ region = 'us-west-2' } = {}): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 's3-'))
  const database = openDatabase(directory)
  const store = await openFilesystemStorage({ database, directory })
  const account = '123456789012'
  let requests = 0
  const http = await HttpServer.listen({
    host: '127.0.0.1',
    port: 0,
    answer: dispatcher({
      mounts: [mount(s3, s3Handlers({ store, account, clock: () => server.now }))],
      authentication: {
        mode: 'none',
        secretOf: () => undefined,
        now: () => new Date(),
        heldBodyLimitBytes: 0,
      },
      account,
      defaultRegion: region,
      newRequestId: () => `R${++requests}`,
      onFailure: ({ error }) => console.error(error),
    }),
    onError: (error) => console.error(error),
  })
  const endpoint = `http://127.0.0.1:${http.port}`
  const server: S3Server = {
    client: createClient(s3, { endpoint, region, attempts: 1 }),
    endpoint,
    directory,
    now: new Date('2026-11-20T10:00:00.500Z'),
    [Symbol.asyncDispose]: async () => {
      await http.close(0)
      database.close()
      await rm(directory, { recursive: true })
    },
  }
  await server.client.CreateBucket({ Bucket: 'bucket' })
  return server
}

export async function textOf(answer: Promise<{ readonly Body?: Bytes | undefined }>): Promise<string> {
  const { Body } = await answer
  return (await readAll(Body ?? bytesOf(), 100_000_000)).toString()
}

/** `[code, status, message, details]` of the refusal. */
export async function refusalOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ApiError)
  if (!(error instanceof ApiError)) throw error
  return [error.code, error.httpStatus, error.message, error.details]
}

/** `NoSuchKey 404` */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const [code, status] = await refusalOf(call)
  return `${code} ${status}`
}
