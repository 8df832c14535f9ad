import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HostReport } from '../host/host-files.ts'
import { archiveOf, plainMachine, poll, servePlan, TestHost } from '../testing/test-host.ts'

/**
 * Stands in for the model server: listens, tells its arguments and variables, and does what `behaviour` in
 * the model's folder says. POST /die ends it.
 */
const program = `
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
const args = process.argv.slice(2)
const model = args[args.indexOf('--model_dir') + 1]
const behaviour = readFileSync(model + '/behaviour', 'utf8')
if (behaviour === 'refuse') {
  console.error('sagebrush-model-server: error: no SavedModel in the archive')
  process.exit(3)
}
if (behaviour === 'vanish') process.exit(4)
let pings = 0
const server = createServer((request, response) => {
  if (request.url === '/ping') response.writeHead(pings++ < 2 || behaviour === 'sick' ? 503 : 200).end()
  else if (request.url === '/die') process.kill(process.pid, 'SIGKILL')
  else response.end(JSON.stringify({ args, name: process.env.NAME, secret: process.env.SERVER_SECRET, pid: process.pid }))
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write('loading\\nsagebrush-model-server: listening on 127.0.0.1:' + server.address().port + '\\n')
})
process.on('SIGTERM', () => { console.log('bye'); process.exit(0) })
`

/** A file of zeros, and one that says it is larger than any disk. */
function bomb(): Buffer {
  const blocks = [512, 2 ** 50].map((size, index) => {
    const block = Buffer.alloc(1024)
    new Header({ path: `zeros${index}`, type: 'File', size, mode: 0o644 }).encode(block)
    return block
  })
  return gzipSync(Buffer.concat(blocks))
}

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
  writeFileSync(host.path('model-server.mjs'), program)
})
afterEach(() => host[Symbol.asyncDispose]())

const start = (behaviour: string, more: Parameters<typeof servePlan>[1] = {}) => {
  host.put('model.tar.gz', archiveOf({ behaviour, '1/saved_model.pb': 'graph' }), 'local')
  const plan = servePlan(host, { modelUri: 's3://bucket/model.tar.gz', ...more })
  host.start(plan, plainMachine(), host.path('model-server.mjs'))
}
const addressOf = (report: HostReport) => (report.phase === 'running' ? report.address : undefined)
const serving = async (other = '') =>
  addressOf(
    await host.until('serving', (report) => {
      const address = addressOf(report)
      return address !== undefined && address !== other
    }),
  ) ?? ''
const ask = (address: string, path = '/') =>
  new Promise<string>((resolve, reject) => {
    get(`http://${address}${path}`, { agent: false }, (response) => resolve(text(response))).on(
      'error',
      reject,
    )
  })
const ended = async () => {
  const report = await host.ended()
  return report.phase === 'exited' ? report : undefined
}

describe('an endpoint instance', () => {
  it('serves the unpacked model once it answers /ping, and tells where', async () => {
    start('healthy', { environment: { NAME: 'value' } })
    const answer = JSON.parse(await ask(await serving()))
    const model = host.path('ml', 'model')
    expect(answer).toMatchObject({
      args: [
        'serve',
        ...['--port', '0', '--host', '127.0.0.1'],
        ...['--model_dir', model],
        ...['--libtensorflow', '/nowhere/libtensorflow.so', '--cache_directory', host.path('environments')],
        ...['--tensorflow_version', '2.19.0', '--python_version', '3.11'],
        ...['--work_directory', host.path('python')],
      ],
      name: 'value',
    })
    expect(answer.secret).toBeUndefined()
    expect(readFileSync(`${model}/1/saved_model.pb`, 'utf8')).toBe('graph')
  })

  it('ends with the host, after the server has had its grace', async () => {
    start('healthy')
    await serving()
    host.stop()
    expect(await ended()).toMatchObject({ exitCode: 0 })
    expect(host.logLines()).toEqual(expect.arrayContaining(['loading', 'bye']))
  })

  it('starts a server that died again at once, at a new address', async () => {
    start('healthy')
    const first = await serving()
    await ask(first, '/die').catch(() => {})
    const second = await serving(first)
    expect(JSON.parse(await ask(second)).args).toContain('--model_dir')
    expect(host.output()).toContain('the model server ended with exit code 137; it is started again')
  })

  it('has no address while the server is away', async () => {
    start('healthy')
    const first = await serving()
    writeFileSync(host.path('ml', 'model', 'behaviour'), 'refuse')
    await ask(first, '/die').catch(() => {})
    const report = await host.until('the second failure', (latest) => {
      return latest.phase === 'running' && latest.message?.includes('no SavedModel') === true
    })
    expect(addressOf(report)).toBeUndefined()
    writeFileSync(host.path('ml', 'model', 'behaviour'), 'healthy')
    await serving(first)
  })

  it.each([
    ['refuse', 'The primary container did not pass the ping health check: no SavedModel in the archive'],
    [
      'vanish',
      'The primary container did not pass the ping health check: the model server ended with exit code 4',
    ],
  ])('fails when its first server does not come up: %s', async (behaviour, reason) => {
    start(behaviour)
    expect(await ended()).toMatchObject({ exitCode: 1, reason })
  })

  it('stops while it waits for a server that stays sick', async () => {
    start('sick')
    await poll('the start', () => (host.output().includes('listening') ? true : undefined))
    host.stop()
    expect(await ended()).toMatchObject({ reason: 'InternalServerError: the host was asked to stop' })
  })

  it('serves a model that is not packed, from its prefix', async () => {
    host.put('loose/behaviour', 'healthy', 'local')
    host.put('loose/1/variables/variables.index', 'index')
    start('refuse', { modelUri: 's3://bucket/loose/' })
    await serving()
    expect(readFileSync(host.path('ml/model/1/variables/variables.index'), 'utf8')).toBe('index')
    expect(readdirSync(host.path('ml/model')).sort()).toEqual(['1', 'behaviour'])
  })

  it.each<[string, string, string | Buffer, RegExp]>([
    [
      'has no object below its prefix',
      's3://bucket/nothing/',
      '',
      /^The model data at s3:\/\/bucket\/nothing\/ cannot be used: S3 key: .* matched no files on s3$/,
    ],
    [
      'is not there',
      's3://bucket/other.tar.gz',
      '',
      /^Could not find model data at s3:\/\/bucket\/other\.tar\.gz\.$/,
    ],
    [
      'lies in no bucket',
      's3://missing/model.tar.gz',
      '',
      /^The model data at .* cannot be used: NoSuchBucket \(404\)/,
    ],
    [
      'is no archive',
      's3://bucket/model.tar.gz',
      'hello',
      /^The model data at .* cannot be used: the archive is broken: /,
    ],
    [
      'is a bomb',
      's3://bucket/model.tar.gz',
      bomb(),
      /^The model data at .* cannot be used: the archive holds more than \d+ bytes$/,
    ],
    [
      'has no S3 URI',
      'model.tar.gz',
      '',
      /^The model data at model\.tar\.gz cannot be used: "model\.tar\.gz" is no S3 URI$/,
    ],
  ])('fails when its model data %s', async (_situation, modelUri, bytes, reason) => {
    host.put('model.tar.gz', bytes)
    const report = await host.run(
      servePlan(host, { modelUri }),
      plainMachine(),
      host.path('model-server.mjs'),
    )
    expect(report.phase === 'exited' ? report.reason : '').toMatch(reason)
    expect(readdirSync(host.path('ml', 'model'))).toEqual([])
  })
})
