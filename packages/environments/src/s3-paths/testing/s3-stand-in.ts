import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** As much of S3 as the file system for TensorFlow calls, in memory and without authentication; for tests. */
export interface S3StandIn extends AsyncDisposable {
  readonly endpoint: string
  /** `bucket/key` → bytes. */
  readonly objects: Map<string, Buffer>
  /** `GET bucket/key`, in order. */
  readonly requests: string[]
}

export async function startS3StandIn(buckets: readonly string[]): Promise<S3StandIn> {
  const objects = new Map<string, Buffer>()
  const requests: string[] = []
  const store: Store = { buckets, objects, parts: new Map() }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://s3')
    requests.push(`${request.method} ${decodeURIComponent(url.pathname).slice(1)}`)
    void answer(store, request, url).then(
      (result) => send(response, result),
      (error: unknown) => send(response, { status: 500, body: Buffer.from(String(error)) }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Store {
  readonly buckets: readonly string[]
  readonly objects: Map<string, Buffer>
  readonly parts: Map<string, Buffer>
}

interface Result {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: Buffer
}

function send(response: ServerResponse, { status, headers = {}, body }: Result): void {
  response.writeHead(status, { 'last-modified': new Date(0).toUTCString(), ...headers })
  response.end(body)
}

async function answer(store: Store, request: IncomingMessage, url: URL): Promise<Result> {
  const body = await buffer(request)
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(url.pathname)) ?? []
  if (!store.buckets.includes(bucket)) return failure('NoSuchBucket')
  const name = `${bucket}/${key}`
  const query = url.searchParams
  if (key === '' && request.method === 'HEAD') return { status: 200 }
  if (key === '' && request.method === 'POST') return deleteMany(store, bucket, body)
  if (key === '') return list(store, bucket, query)
  if (query.has('uploads') || query.has('uploadId')) return multipart(store, name, { request, query, body })
  if (request.method === 'PUT')
    return put(store, name, { source: request.headers['x-amz-copy-source'], body })
  if (request.method === 'DELETE') {
    store.objects.delete(name)
    return { status: 204 }
  }
  return get(store, name, request)
}

function failure(code: 'NoSuchBucket' | 'NoSuchKey'): Result {
  return xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`, 404)
}

function xml(text: string, status = 200): Result {
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) }
}

const etagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`

function get(store: Store, name: string, request: IncomingMessage): Result {
  const bytes = store.objects.get(name)
  if (bytes === undefined) return failure('NoSuchKey')
  const headers = { etag: etagOf(bytes), 'content-length': String(bytes.length) }
  if (request.method === 'HEAD') return { status: 200, headers }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  if (first === undefined) return { status: 200, headers, body: bytes }
  const part = bytes.subarray(Number(first), Number(last) + 1)
  const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`
  return {
    status: 206,
    headers: { etag: etagOf(bytes), 'content-length': String(part.length), 'content-range': range },
    body: part,
  }
}

function put(
  store: Store,
  name: string,
  { source, body }: { source: string | string[] | undefined; body: Buffer },
): Result {
  const copied = source === undefined ? body : store.objects.get(decodeURIComponent(String(source)))
  if (copied === undefined) return failure('NoSuchKey')
  store.objects.set(name, copied)
  const etag = etagOf(copied)
  return source === undefined
    ? { status: 200, headers: { etag } }
    : xml(`<CopyObjectResult><ETag>${etag}</ETag></CopyObjectResult>`)
}

function multipart(
  store: Store,
  name: string,
  { request, query, body }: { request: IncomingMessage; query: URLSearchParams; body: Buffer },
): Result {
  if (query.has('uploads'))
    return xml('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>')
  if (request.method === 'PUT') {
    store.parts.set(`${name}#${query.get('partNumber')?.padStart(5, '0')}`, body)
    return { status: 200, headers: { etag: etagOf(body) } }
  }
  const names = [...store.parts.keys()].filter((part) => part.startsWith(`${name}#`)).sort()
  store.objects.set(name, Buffer.concat(names.map((part) => store.parts.get(part) ?? Buffer.alloc(0))))
  for (const part of names) store.parts.delete(part)
  return xml('<CompleteMultipartUploadResult><ETag>"x-1"</ETag></CompleteMultipartUploadResult>')
}

function deleteMany(store: Store, bucket: string, body: Buffer): Result {
  for (const [, key] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g))
    store.objects.delete(`${bucket}/${key}`)
  return xml('<DeleteResult/>')
}

/** Two entries a page unless fewer are asked, so that paging is always met. */
function list(store: Store, bucket: string, query: URLSearchParams): Result {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const limit = Math.min(2, Number(query.get('max-keys') ?? 2))
  const entries = new Set<string>()
  for (const name of [...store.objects.keys()].sort()) {
    const key = name.slice(bucket.length + 1)
    if (!name.startsWith(`${bucket}/${prefix}`)) continue
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    entries.add(end === -1 ? key : key.slice(0, end + 1))
  }
  const start = query.get('continuation-token') ?? ''
  const rest = [...entries].filter((entry) => entry > start)
  const page = rest.slice(0, limit)
  return xml(
    `<ListBucketResult><KeyCount>${page.length}</KeyCount><IsTruncated>${rest.length > page.length}</IsTruncated>` +
      `<NextContinuationToken>${page.at(-1) ?? ''}</NextContinuationToken>${page
        .map((entry) =>
          delimiter !== '' && entry.endsWith(delimiter)
            ? `<CommonPrefixes><Prefix>${entry}</Prefix></CommonPrefixes>`
            : `<Contents><Key>${entry}</Key><Size>${store.objects.get(`${bucket}/${entry}`)?.length}</Size></Contents>`,
        )
        .join('')}</ListBucketResult>`,
  )
}
