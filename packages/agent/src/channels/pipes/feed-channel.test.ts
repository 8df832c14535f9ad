import { once } from 'node:events'
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { objectsClient } from '../../objects/objects-client.ts'
import type { ChannelPlan } from '../../plan/host-plan.ts'
import { poll, TestHost } from '../../testing/test-host.ts'
import { openPipes } from './open-pipes.ts'

let host: TestHost
let directory = ''
const pipes: AsyncDisposable[] = []
beforeEach(async () => {
  host = await TestHost.create()
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-pipes-'))
})
afterEach(async () => {
  for (const open of pipes.splice(0)) await open[Symbol.asyncDispose]()
  await host[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const channel = (
  more: Partial<ChannelPlan> = {},
  type: ChannelPlan['source']['type'] = 'S3Prefix',
): ChannelPlan => ({
  name: 'train',
  source: { uri: 's3://bucket/data', type, distribution: 'FullyReplicated' },
  mode: 'Pipe',
  ...more,
})

async function start(plans: readonly ChannelPlan[], share = { host: 0, hosts: 1 }, python?: string) {
  const opened = await openPipes(plans, {
    ...(python === undefined ? {} : { python }),
    client: objectsClient({
      endpoint: host.server.endpoint,
      region: 'us-west-2',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    }),
    share,
    directory,
    signal: new AbortController().signal,
  })
  pipes.push(opened)
  return opened
}

const path = (epoch: number, name = 'train') => join(directory, `${name}_${epoch}`)

async function read(epoch: number, name?: string): Promise<string> {
  const fifo = await poll(`epoch ${epoch}`, () =>
    existsSync(path(epoch, name)) ? path(epoch, name) : undefined,
  )
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(fifo)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

const record = (text: string) => {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(0xced7230a, 0)
  header.writeUInt32LE(text.length, 4)
  return header.toString('latin1') + text + '\0'.repeat((4 - (text.length % 4)) % 4)
}

describe('a Pipe channel', () => {
  it('gives all objects in order of key, in every epoch, from here and from afar', async () => {
    host.put('data/b', 'second,', 'local')
    host.put('data/a', 'first,')
    host.put('data/c', 'x'.repeat(2 << 20), 'local')
    host.put('data/folder/', '')
    await start([channel()])
    const whole = `first,second,${'x'.repeat(2 << 20)}`
    for (const epoch of [0, 1, 2]) expect(await read(epoch)).toBe(whole)
  })

  it('makes the pipe of the next epoch when one is opened, and takes away those that are done', async () => {
    host.put('data/a', 'a')
    await start([channel()])
    expect([existsSync(path(0)), existsSync(path(1))]).toEqual([true, false])
    await read(0)
    await read(1)
    await poll('the end of both', () => (existsSync(path(0)) || existsSync(path(1)) ? undefined : true))
    expect([existsSync(path(2)), existsSync(path(3))]).toEqual([true, false])
  })

  it('survives a reader that closes early', async () => {
    host.put('data/a', 'x'.repeat(4 << 20))
    await start([channel()])
    for (const epoch of [0, 1]) {
      const fifo = await poll('a pipe', () => (existsSync(path(epoch)) ? path(epoch) : undefined))
      const file = await open(fifo)
      await file.read(Buffer.alloc(10), 0, 10)
      await file.close()
    }
    expect((await read(2)).length).toBe(4 << 20)
  })

  it('gives an epoch while another one is held open, and goes on with that', async () => {
    host.put('data/a', 'x'.repeat(4 << 20))
    await start([channel()])
    const first = createReadStream(path(0))
    await once(first, 'readable')
    expect((await read(1)).length).toBe(4 << 20)
    expect((await read(2)).length).toBe(4 << 20)
    let size = 0
    for await (const chunk of first) size += chunk.length
    expect(size).toBe(4 << 20)
  })

  it.each([
    ['Python', 'python3'],
    ['no Python after all', '/no/python'],
    ['a Python that fails', 'false'],
  ])('sends large files whole and in their place, with %s', async (_situation, python) => {
    const large = Buffer.alloc((17 << 20) + 3, 'large file ')
    host.put('data/a', 'before,', 'local')
    host.put('data/b', large, 'local')
    host.put('data/c', ',after', 'local')
    await start([channel()], { host: 0, hosts: 1 }, python)
    const file = await open(path(0))
    await file.read(Buffer.alloc(10), 0, 10)
    await file.close()
    expect(await read(1)).toBe(`before,${large.toString('latin1')},after`)
  })

  it('keeps channels apart', async () => {
    host.put('data/a', 'a')
    host.put('other/b', 'b')
    const other = channel({ name: 'other', source: { ...channel().source, uri: 's3://bucket/other' } })
    await start([channel(), other])
    expect(await Promise.all([read(0, 'other'), read(0)])).toEqual(['b', 'a'])
  })

  it('wraps each object as one record', async () => {
    for (const [key, text] of Object.entries({ a: '', b: '1', c: '1234', d: '12345' }))
      host.put(`data/${key}`, text, 'local')
    await start([channel({ recordWrapper: 'RecordIO' })])
    expect(await read(0)).toBe(['', '1', '1234', '12345'].map(record).join(''))
  })

  it('decompresses, objects of several parts too, and counts what is too long to hold', async () => {
    const long = 'ab'.repeat(9 << 20)
    host.put('data/a', Buffer.concat([gzipSync('one,'), gzipSync('two,')]))
    host.put('data/b', gzipSync(long), 'local')
    await start([
      channel({ compression: 'Gzip' }),
      channel({ name: 'wrapped', compression: 'Gzip', recordWrapper: 'RecordIO' }),
    ])
    expect(await read(0)).toBe(`one,two,${long}`)
    expect(await read(0, 'wrapped')).toBe(record('one,two,') + record(long))
  })

  it('shuffles by the seed, anew in each epoch', async () => {
    const letters = [...'abcdefghij']
    for (const letter of letters) host.put(`data/${letter}`, letter)
    await start([channel({ shuffleSeed: 1 }), channel({ name: 'same', shuffleSeed: 1 })])
    const [one, two] = [await read(0), await read(1)]
    expect([...one].sort()).toEqual(letters)
    expect(new Set([one, two, letters.join('')]).size).toBe(3)
    expect(await read(0, 'same')).toBe(one)
  })

  it.each([
    [0, 'aceg'],
    [1, 'bdf'],
  ])('gives host %i of two its share', async (number, expected) => {
    for (const letter of 'abcdefg') host.put(`data/${letter}`, letter)
    const source = { ...channel().source, distribution: 'ShardedByS3Key' } as const
    await start([channel({ source })], { host: number, hosts: 2 })
    expect(await read(0)).toBe(expected)
  })

  it('follows a manifest, in its order', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `part-${60 - index}`)
    for (const name of names) host.put(`files/${name}`, `${name},`)
    host.put('few', JSON.stringify([{ prefix: 's3://bucket/files/' }, 'part-7', 'part-3']))
    host.put('many', JSON.stringify([{ prefix: 's3://bucket/files/' }, ...names]))
    const of = (name: string) =>
      channel({ name, source: { ...channel().source, type: 'ManifestFile', uri: `s3://bucket/${name}` } })
    await start([of('few'), of('many')])
    expect(await read(0, 'few')).toBe('part-7,part-3,')
    expect(await read(0, 'many')).toBe(names.map((name) => `${name},`).join(''))
  })

  it('follows an augmented manifest: each attribute becomes a record', async () => {
    host.put('pictures/1', 'first')
    host.put('pictures/2', 'second')
    const lines = [1, 2].map((n) =>
      JSON.stringify({ class: n * 10, 'image-ref': `s3://bucket/pictures/${n}` }),
    )
    host.put('manifest', lines.join('\n'))
    const attributes = ['image-ref', 'class']
    const source = {
      ...channel().source,
      type: 'AugmentedManifestFile',
      uri: 's3://bucket/manifest',
      attributes,
    } as const
    await start([channel({ source, recordWrapper: 'RecordIO' }), channel({ name: 'plain', source })])
    expect(await read(0)).toBe(['first', '10', 'second', '20'].map(record).join(''))
    expect(await read(0, 'plain')).toBe('first10second20')
  })
})

describe('data that cannot be given', () => {
  it.each([
    [
      'nothing there',
      {},
      /^ClientError: Data download failed:S3 key: s3:\/\/bucket\/data matched no files on s3$/,
    ],
    [
      'a manifest that is not there',
      { type: 'ManifestFile' },
      /the manifest s3:\/\/bucket\/data does not exist/,
    ],
    [
      'a manifest that is not JSON',
      { type: 'ManifestFile', put: 'no' },
      /the manifest s3:\/\/bucket\/data is invalid/,
    ],
    [
      'a manifest that names what is not there',
      { type: 'ManifestFile', put: '[{"prefix":"s3://bucket/"},"gone"]' },
      /s3:\/\/bucket\/gone, which the manifest s3:\/\/bucket\/data names, does not exist/,
    ],
  ] as const)('fails the job before it starts: %s', async (_situation, given, message) => {
    if ('put' in given) host.put('data', given.put)
    await expect(start([channel({}, 'type' in given ? given.type : 'S3Prefix')])).rejects.toThrow(message)
  })

  it('names an object that has gone, and keeps the stream open so that nobody takes it for the whole', async () => {
    host.put('data/a', 'first')
    host.put('data/b', 'second')
    const { lost } = await start([channel()])
    host.server.objects.delete('bucket/data/b')
    let isEnded = false
    const stream = createReadStream(path(0)).on('end', () => {
      isEnded = true
    })
    stream.resume()
    await poll('the loss', () => (lost.aborted ? true : undefined))
    expect(String(lost.reason)).toContain(
      'ClientError: Data download failed:s3://bucket/data/b does not exist any more',
    )
    expect(isEnded).toBe(false)
  })

  it('names an object whose compressed data is corrupt, and the byte', async () => {
    const bytes = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251)))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5)
    host.put('data/a', bytes)
    const { lost } = await start([channel({ compression: 'Gzip' })])
    createReadStream(path(0)).resume()
    await poll('the loss', () => (lost.aborted ? true : undefined))
    expect(String(lost.reason)).toMatch(
      /s3:\/\/bucket\/data\/a is no valid gzip data at byte \d+: incorrect data check/,
    )
  })

  it('fetches on where a connection broke', async () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `${index},`).join('')
    host.put('data/a', text)
    let gets = 0
    host.server.fault = (operation) => (operation === 'GetObject' && gets++ < 2 ? 'before' : undefined)
    await start([channel()])
    expect(await read(0)).toBe(text)
  })
})
