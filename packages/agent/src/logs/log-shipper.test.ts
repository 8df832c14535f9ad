import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { InvalidParameterException, ResourceNotFoundException } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SmallServer } from '../testing/small-server.ts'
import { logsClient, shipLogs } from './log-shipper.ts'

const stream = { group: '/aws/sagemaker/TrainingJobs', name: 'job/algo-1-1700000000' }
let directory = ''
let path = ''
let server: SmallServer
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-logs-'))
  path = join(directory, 'output.log')
  writeFileSync(path, '')
  server = await SmallServer.start()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const ship = (patienceSeconds?: number) =>
  shipLogs({
    client: logsClient({
      endpoint: server.endpoint,
      region: 'us-west-2',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    }),
    path,
    stream,
    ...(patienceSeconds === undefined ? {} : { patienceSeconds }),
  })
const stored = () => server.messages(stream.group, stream.name)
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`)
const write = (lines: readonly string[]) => appendFileSync(path, lines.map((line) => `${line}\n`).join(''))

async function untilStored(count: number): Promise<void> {
  const deadline = Date.now() + 30_000
  while (stored().length < count) {
    if (Date.now() > deadline) throw new Error(`only ${stored().length} of ${count} lines are stored`)
    await delay(10)
  }
}

describe('shipLogs', () => {
  it('makes group and stream, and stores each line as it is written', async () => {
    const shipper = ship()
    write(['one'])
    await untilStored(1)
    write(['two', ''])
    await untilStored(3)
    await shipper.finish()
    expect(stored()).toEqual(['one', 'two', ' '])
  })

  it('takes a group and a stream that are there already', async () => {
    server.streams.set(`${stream.group}/`, [])
    server.streams.set(`${stream.group}/${stream.name}`, [])
    write(['one'])
    await ship().finish()
    expect(stored()).toEqual(['one'])
  })

  it('stores everything before it has finished, also a last line without an end', async () => {
    write(numbered(25_000))
    appendFileSync(path, 'half')
    await ship().finish()
    expect(stored()).toEqual([...numbered(25_000), 'half'])
  })

  it('gives timestamps that never fall, in milliseconds of now', async () => {
    const before = Date.now()
    write(numbered(30_000))
    await ship().finish()
    const times =
      server.streams.get(`${stream.group}/${stream.name}`)?.map(({ timestamp }) => timestamp) ?? []
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times[0]).toBeGreaterThanOrEqual(before)
    expect(times.at(-1)).toBeLessThan(Date.now() + 100)
  })

  it('cuts lines that are too long for one event, and survives invalid UTF-8', async () => {
    appendFileSync(path, 'é'.repeat(200_000))
    appendFileSync(path, Uint8Array.of(10, 0xff, 10))
    await ship().finish()
    const lines = stored()
    expect(lines.map((line) => Buffer.byteLength(line) <= 262_118)).toEqual([true, true, true])
    expect(lines.slice(0, 2).join('')).toBe('é'.repeat(200_000))
    expect(lines[2]).toBe('\ufffd')
  })

  it('waits for a server that is away, and loses nothing', async () => {
    const shipper = ship()
    write(['before'])
    await untilStored(1)
    await server.close()
    write(numbered(10))
    const finished = shipper.finish()
    await delay(50)
    await server.reopen()
    await finished
    expect(stored()).toEqual(['before', ...numbered(10)])
  })

  it('stores no line twice when an answer gets lost', async () => {
    const lost = ['before', 'after'] as const
    let puts = 0
    server.fault = (operation) => (operation === 'PutLogEvents' ? lost[puts++] : undefined)
    write(numbered(20))
    const shipper = ship()
    await untilStored(20)
    write(['later'])
    await shipper.finish()
    expect(stored()).toEqual([...numbered(20), 'later'])
    expect(puts).toBe(3)
  })

  it('makes the stream again when somebody has deleted it', async () => {
    const shipper = ship()
    write(['one'])
    await untilStored(1)
    server.streams.clear()
    write(['two'])
    await shipper.finish()
    expect(stored()).toEqual(['two'])
  })

  it.each([
    ['patience ends', 0.2, () => 'before' as const],
    ['the service refuses', 60, () => InvalidParameterException('no')],
    ['the stream can never be had', 60, () => ResourceNotFoundException('no')],
  ])('finishes with an error when %s', async (_situation, patienceSeconds, fault) => {
    server.fault = fault
    write(['one'])
    await expect(ship(patienceSeconds).finish()).rejects.toThrow()
  })
})
