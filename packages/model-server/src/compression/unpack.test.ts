import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type UnpackOptions, unpack } from './unpack.ts'

const options = (more: Partial<UnpackOptions> = {}): UnpackOptions => ({
  ...{ encoding: 'gzip', limitBytes: 1000, isAbandoned: () => false },
  ...more,
})
const text = 'a'.repeat(1000)

test('gives what was packed', async () => {
  expect(String(await unpack(gzipSync(text), options()))).toBe(text)
  expect(String(await unpack(deflateSync(text), options({ encoding: 'deflate' })))).toBe(text)
})

test.each([
  ['more than the limit', gzipSync(`${text}a`)],
  ['what is not packed', Buffer.from(text)],
  ['what breaks off', gzipSync(text).subarray(0, -1)],
])('refuses %s', async (_situation, bytes) => {
  await expect(unpack(bytes, options())).rejects.toThrow()
})

describe('Of many that come at once', () => {
  test('few are under way, all are answered, and those that nobody waits for are not begun', async () => {
    const large = gzipSync(Buffer.alloc(4_000_000))
    const order: string[] = []
    const begun = (name: string, isGone: boolean) => ({
      limitBytes: 4_000_000,
      isAbandoned: () => {
        order.push(`${name} begins`)
        return isGone
      },
    })
    const ends = Array.from({ length: 8 }, async (_, index) => {
      const name = String(index)
      const outcome = unpack(large, options(begun(name, index % 4 === 3)))
      const said = await outcome.then(
        (bytes) => bytes.length,
        (error: Error) => error.message,
      )
      order.push(`${name} ended`)
      return said
    })
    const gone = 'The client went away'
    const whole = 4_000_000
    expect(await Promise.all(ends)).toEqual([whole, whole, whole, gone, whole, whole, whole, gone])
    let [underWay, most] = [0, 0]
    for (const event of order) {
      underWay += event.endsWith('begins') ? 1 : -1
      most = Math.max(most, underWay)
    }
    // A turn passes on before its own end is heard of.
    expect(most).toBeLessThanOrEqual(4)
    expect(order.filter((event) => event.endsWith('begins'))).toHaveLength(8)
  })

  test('those that fail pass their turn on', async () => {
    const failing = Array.from({ length: 5 }, () =>
      unpack(Buffer.from('no'), options()).catch(() => 'failed'),
    )
    expect(await Promise.all(failing)).toEqual(new Array(5).fill('failed'))
    expect(String(await unpack(gzipSync(text), options()))).toBe(text)
  })
})
