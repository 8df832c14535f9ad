import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

export interface PackageRegistry extends AsyncDisposable {
  readonly url: string
  /** Paths asked for. */
  readonly asked: readonly string[]
}

/** A registry for npm on the loopback interface, with packages of one version and one module each. */
export async function startPackageRegistry(
  modules: Readonly<Record<string, string>>,
): Promise<PackageRegistry> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const [, name = '', file] = path.split('/')
    const module = modules[name]
    if (module === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not found"}')
    } else if (file) response.end(archive(name, module))
    else response.end(JSON.stringify(described(name, archive(name, module))))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  function described(name: string, tarball: Buffer): object {
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    const dist = { tarball: `${url}/${name}/1.0.0.tgz`, integrity }
    return { name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name, version: '1.0.0', dist } } }
  }
}

const archive = (name: string, module: string): Buffer =>
  gzipSync(
    Buffer.concat([
      ...tarEntry('package/package.json', JSON.stringify({ name, version: '1.0.0', main: 'main.js' })),
      ...tarEntry('package/main.js', module),
      Buffer.alloc(1024),
    ]),
  )

/** A file in a tar archive of the POSIX kind. */
function tarEntry(path: string, text: string): Buffer[] {
  const content = Buffer.from(text)
  const head = Buffer.alloc(512)
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`
  const fields = [
    [0, path],
    [100, octal(0o644, 8)],
    [124, octal(content.length, 12)],
    [136, octal(0, 12)],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\x0000'],
  ] as const
  for (const [offset, field] of fields) head.write(field, offset, 'latin1')
  head.write(
    `${octal(
      head.reduce((sum, byte) => sum + byte, 0),
      7,
    )} `,
    148,
  )
  return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)]
}
