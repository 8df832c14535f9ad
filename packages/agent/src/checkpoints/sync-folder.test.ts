import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AccessDenied } from '@sagebrush/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { objectsClient } from '../objects/objects-client.ts'
import { SmallServer } from '../testing/small-server.ts'
import { poll } from '../testing/test-host.ts'
import { type FolderSync, type FolderToSync, syncFolder } from './sync-folder.ts'

let server: SmallServer
let folder: string
let told: string[]
beforeEach(async () => {
  server = await SmallServer.start()
  server.buckets.add('bucket')
  folder = join(mkdtempSync(join(tmpdir(), 'sagebrush-sync-')), 'checkpoints')
  told = []
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(join(folder, '..'), { recursive: true })
})

const start = (more: Partial<FolderToSync> = {}): Promise<FolderSync> =>
  syncFolder({
    client: objectsClient({
      endpoint: server.endpoint,
      region: 'us-west-2',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    }),
    uri: 's3://bucket/run/',
    folder,
    twoWay: true,
    say: (line) => told.push(line),
    signal: new AbortController().signal,
    pauseMilliseconds: 5,
    settleMilliseconds: 0,
    ...more,
  })

const put = (key: string, text: string) => server.objects.set(`bucket/${key}`, Buffer.from(text))
const write = (path: string, text: string) => writeFileSync(join(folder, path), text)
const stored = () =>
  Object.fromEntries([...server.objects].map(([name, bytes]) => [name, bytes.toString()]).sort())
const untilStored = (key: string, text: string) =>
  poll(key, () => (server.objects.get(`bucket/${key}`)?.toString() === text ? true : undefined))
const puts = () => server.calls.filter((call) => call === 'PutObject').length

test('what is in S3 is there at the start, and only below the prefix', async () => {
  put('run/a', '1')
  put('run/sub/b', '2')
  put('run/empty/', '')
  put('runner/c', '3')
  const sync = await start()
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('1')
  expect(readFileSync(join(folder, 'sub', 'b'), 'utf8')).toBe('2')
  await sync.finish()
  expect(puts()).toBe(0)
  expect(Object.keys(stored())).toEqual([
    'bucket/run/a',
    'bucket/run/empty/',
    'bucket/run/sub/b',
    'bucket/runner/c',
  ])
})

test('what lies on this machine is copied, not shared', async () => {
  put('run/a', '1')
  const path = join(folder, '..', 'object')
  writeFileSync(path, '1')
  server.localPaths.set('bucket/run/a', path)
  const sync = await start()
  write('a', '22')
  await sync.finish()
  expect(readFileSync(path, 'utf8')).toBe('1')
  expect(stored()).toEqual({ 'bucket/run/a': '22' })
})

test('new, changed and deleted files are told to S3 while the program runs', async () => {
  put('run/old', 'old')
  const sync = await start()
  mkdirSync(join(folder, 'sub'))
  write('sub/a', '1')
  await untilStored('run/sub/a', '1')
  appendFileSync(join(folder, 'sub/a'), '2')
  await untilStored('run/sub/a', '12')
  rmSync(join(folder, 'old'))
  await poll('the deletion', () => (server.objects.has('bucket/run/old') ? undefined : true))
  await sync.finish()
  expect(stored()).toEqual({ 'bucket/run/sub/a': '12' })
  expect(told).toEqual([])
})

test('what was written last goes up at the end, the oldest first, and nothing twice', async () => {
  const sync = await start({ pauseMilliseconds: 60_000 })
  write('model-1', 'weights')
  utimesSync(join(folder, 'model-1'), 1_000, 1_000)
  write('checkpoint', 'model-1')
  await sync.finish()
  expect(server.calls.filter((call) => call !== 'ListObjectsV2')).toEqual(['PutObject', 'PutObject'])
  expect([...server.objects.keys()]).toEqual(['bucket/run/model-1', 'bucket/run/checkpoint'])
})

test('objects that others put there later stay, and are not brought', async () => {
  const sync = await start()
  put('run/others', 'x')
  write('a', '1')
  await untilStored('run/a', '1')
  await sync.finish()
  expect(stored()).toEqual({ 'bucket/run/a': '1', 'bucket/run/others': 'x' })
})

test('a folder that is gone altogether deletes nothing', async () => {
  put('run/a', '1')
  const sync = await start()
  rmSync(folder, { recursive: true })
  await sync.finish()
  expect(stored()).toEqual({ 'bucket/run/a': '1' })
})

test('a link is no file', async () => {
  const sync = await start({ pauseMilliseconds: 60_000 })
  symlinkSync('/etc/passwd', join(folder, 'link'))
  await sync.finish()
  expect(stored()).toEqual({})
})

test('one way: nothing is brought, all goes up, nothing is deleted', async () => {
  put('run/there', 'x')
  const sync = await start({ twoWay: false })
  write('events', '1')
  await untilStored('run/events', '1')
  rmSync(join(folder, 'events'))
  await sync.finish()
  expect(stored()).toEqual({ 'bucket/run/events': '1', 'bucket/run/there': 'x' })
})

test('what fails meanwhile is told once and tried again; at the end it is thrown', async () => {
  const sync = await start()
  let denied = 0
  server.fault = (operation) => {
    if (operation !== 'PutObject') return undefined
    denied += 1
    return AccessDenied('Access Denied')
  }
  write('a', '1')
  await poll('two tries', () => (denied > 2 ? true : undefined))
  expect(told).toEqual(['AccessDenied (403): Access Denied'])
  await expect(sync.finish()).rejects.toMatchObject({ code: 'AccessDenied' })
})

test('a file that changes while it goes up is never seen by halves', async () => {
  const sync = await start()
  const before = Buffer.alloc(17 << 20, 'a')
  server.fault = (operation) => {
    if (operation !== 'UploadPart') return undefined
    appendFileSync(join(folder, 'big'), 'b')
    server.fault = () => undefined
    return undefined
  }
  write('big', before.toString())
  await poll('the upload', () => (server.calls.includes('AbortMultipartUpload') ? true : undefined))
  await sync.finish()
  expect(server.objects.get('bucket/run/big')?.length).toBe(before.length + 1)
  expect(server.uploads.size).toBe(0)
})

test('a link in the place of the folder is not followed to where it leads', async () => {
  const sync = await start()
  const elsewhere = mkdtempSync(join(tmpdir(), 'sagebrush-elsewhere-'))
  writeFileSync(join(elsewhere, 'of-this-machine'), 'x')
  rmSync(folder, { recursive: true })
  symlinkSync(elsewhere, folder)
  await sync.finish()
  rmSync(elsewhere, { recursive: true })
  expect(stored()).toEqual({})
})

test('a name that is no UTF-8 is told of, and keeps nothing else from being stored', async () => {
  const sync = await start()
  const bad = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])])
  mkdirSync(bad)
  writeFileSync(Buffer.concat([bad, Buffer.from('/a')]), 'x')
  write('good', 'x')
  await untilStored('run/good', 'x')
  await sync.finish()
  expect(stored()).toEqual({ 'bucket/run/good': 'x' })
  expect(told).toEqual(['the name of \ufffd is no UTF-8'])
})

test('a file in the place of the folder changes nothing', async () => {
  put('run/a', '1')
  const sync = await start()
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'x')
  await sync.finish()
  expect(stored()).toEqual({ 'bucket/run/a': '1' })
})
