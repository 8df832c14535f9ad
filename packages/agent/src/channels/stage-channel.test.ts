import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { objectsClient } from '../objects/objects-client.ts'
import { TestHost } from '../testing/test-host.ts'
import { type Staging, stageChannel } from './stage-channel.ts'

let host: TestHost
let directory = ''
beforeEach(async () => {
  host = await TestHost.create()
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-channel-'))
})
afterEach(async () => {
  await host[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const stage = (uri: string, more: Partial<Staging> = {}) =>
  stageChannel(
    { name: 'training', source: { uri, type: 'S3Prefix', distribution: 'FullyReplicated' }, mode: 'File' },
    {
      client: objectsClient({
        endpoint: host.server.endpoint,
        region: 'us-west-2',
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      }),
      directory: join(directory, 'training'),
      local: 'copy',
      share: { host: 0, hosts: 1 },
      signal: new AbortController().signal,
      ...more,
    },
  )
const staged = async () => {
  const entries = await readdir(join(directory, 'training'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 10)).sort()
}
const read = (name: string) => readFileSync(join(directory, 'training', name), 'utf8')

describe('stageChannel', () => {
  it('fetches every object, over several pages, empty ones and folders too', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `part-${String(index).padStart(2, '0')}`)
    for (const name of names) host.put(`data/${name}`, name)
    host.put('data/empty', '')
    host.put('data/folder/', '')
    await stage('s3://bucket/data')
    expect(await staged()).toEqual(['empty', ...names])
    expect(read('part-17')).toBe('part-17')
    expect(statSync(join(directory, 'training', 'folder')).isDirectory()).toBe(true)
  })

  it('makes one object one file', async () => {
    host.put('data/one.csv', '1')
    await stage('s3://bucket/data/one.csv')
    expect(await staged()).toEqual(['one.csv'])
  })

  it('links the bytes of this machine where the program cannot write to them', async () => {
    host.put('data/a', 'bytes', 'local')
    await stage('s3://bucket/data', { local: 'link' })
    expect(statSync(join(directory, 'training', 'a')).nlink).toBe(2)
    expect(host.server.calls).not.toContain('GetObject')
  })

  it('copies them otherwise, so that no program can change the bucket', async () => {
    host.put('data/a', 'bytes', 'local')
    const source = host.server.localPaths.get('bucket/data/a') ?? ''
    chmodSync(source, 0o400)
    await stage('s3://bucket/data')
    writeFileSync(join(directory, 'training', 'a'), 'changed')
    expect(readFileSync(source, 'utf8')).toBe('bytes')
    expect(host.server.calls).not.toContain('GetObject')
  })

  it('fetches an object whose file has gone since the listing', async () => {
    host.put('data/a', 'bytes', 'local')
    rmSync(host.server.localPaths.get('bucket/data/a') ?? '')
    await stage('s3://bucket/data', { local: 'link' })
    expect(read('a')).toBe('bytes')
  })

  it('fetches again what broke off, and leaves no half', async () => {
    for (const name of ['a', 'b', 'c', 'd']) host.put(`data/${name}`, name.repeat(1000))
    let gets = 0
    host.server.fault = (operation) => (operation === 'GetObject' && gets++ % 2 === 0 ? 'before' : undefined)
    await stage('s3://bucket/data')
    expect(await staged()).toEqual(['a', 'b', 'c', 'd'])
    expect(read('d')).toBe('d'.repeat(1000))
  })

  it('stops when it is asked to', async () => {
    host.put('data/a', 'a')
    const stop = new AbortController()
    host.server.fault = () => {
      stop.abort()
      return 'before'
    }
    await expect(stage('s3://bucket/data', { signal: stop.signal })).rejects.toThrow('aborted')
  })
})
