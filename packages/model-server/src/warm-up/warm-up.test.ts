import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { invalidArgument } from '../status.ts'
import { framedRecord } from '../testing/framed-record.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { crc32c } from './crc32c.ts'
import { warmedUp } from './warm-up.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warm-up-'))
  await mkdir(join(directory, 'assets.extra'))
})
afterEach(() => rm(directory, { recursive: true }))

/** A PredictionLog of one kind, whose request is that text. */
function log(field: number, request: string): Buffer {
  const inner = Buffer.from([0x0a, request.length, ...Buffer.from(request)])
  return framedRecord(Buffer.from([0x0a, 0, field * 8 + 2, inner.length, ...inner]))
}

async function played(file: Uint8Array | undefined, rounds = 1): Promise<string[]> {
  if (file) await writeFile(join(directory, 'assets.extra', 'tf_serving_warmup_requests'), file)
  const calls: string[] = []
  const loader = warmedUp(plainLoader('m', 1), directory, {
    rounds,
    async play(_servable, method, message) {
      if (message.length === 0) throw invalidArgument('nothing to run')
      calls.push(`${method} ${Buffer.from(message)}`)
    },
  })
  await using _servable = await loader.load()
  return calls
}

// Source: RFC 3720, B.4.
test.each([
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(255), 0x62a8ab43],
  [Buffer.from('123456789'), 0xe3069283],
])('crc32c of %j', (bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc)
})

describe('warm-up', () => {
  const all = Buffer.concat([log(6, 'p'), log(2, 'c'), log(3, 'r'), log(4, 'm')])
  test.each([
    ['no file', undefined, 1, []],
    ['an empty file', Buffer.alloc(0), 1, []],
    ['every kind', all, 1, ['Predict p', 'Classify c', 'Regress r', 'MultiInference m']],
    ['two rounds', log(6, 'p'), 2, ['Predict p', 'Predict p']],
    ['no rounds', Buffer.from('junk'), 0, []],
    [
      'nothing of a log that has no request',
      Buffer.concat([framedRecord(Buffer.alloc(0)), log(6, 'p')]),
      1,
      ['Predict p'],
    ],
  ])('plays %s', async (_situation, file, rounds, calls) => {
    expect(await played(file, rounds)).toEqual(calls)
  })

  const damaged = (at: number): Buffer => {
    const bytes = log(6, 'p')
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }
  test.each([
    ['a wrong length', damaged(0), 'DATA_LOSS', 'corrupted record at 0 of'],
    ['wrong data', damaged(13), 'DATA_LOSS', 'corrupted record at 0 of'],
    ['a wrong checksum', damaged(20), 'DATA_LOSS', 'corrupted record at 0 of'],
    ['an end too early', all.subarray(0, -1), 'DATA_LOSS', 'truncated record at 69 of'],
    ['a few bytes', Buffer.from('junk'), 'DATA_LOSS', 'truncated record at 0 of'],
    ['text', Buffer.from('junk'.repeat(9)), 'DATA_LOSS', 'verify your warmup data is in TFRecord format.'],
    [
      'no PredictionLog',
      framedRecord(Buffer.from([0x0a, 9])),
      'INVALID_ARGUMENT',
      'Failed to parse warmup record 1 of',
    ],
    ['a session run', log(5, 's'), 'UNIMPLEMENTED', 'Unsupported log_type for warmup: 5'],
    ['a streamed prediction', log(7, 's'), 'UNIMPLEMENTED', 'Unsupported log_type for warmup: 7'],
    ['a request that fails', log(6, ''), 'INVALID_ARGUMENT', 'nothing to run'],
    [
      'too many',
      Buffer.concat(new Array<Buffer>(1001).fill(log(6, 'p'))),
      'INVALID_ARGUMENT',
      'Number of warmup records exceeds the maximum (1000) at',
    ],
  ])('fails the load for %s', async (_situation, file, code, message) => {
    await expect(played(file)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })
})
