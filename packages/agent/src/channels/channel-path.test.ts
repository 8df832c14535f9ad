import { describe, expect, it } from 'vitest'
import { channelPath } from './channel-path.ts'

describe('channelPath', () => {
  it.each([
    ['below a folder named without a slash', 'data', 'data/a.csv', 'a.csv'],
    ['below a folder named with a slash', 'data/', 'data/sub/a.csv', 'sub/a.csv'],
    ['the whole bucket', '', 'a/b.csv', 'a/b.csv'],
    ['one object', 'data/a.csv', 'data/a.csv', 'a.csv'],
    ['one object at the top', 'a.csv', 'a.csv', 'a.csv'],
    ['a key that continues the prefix', 'data/part-', 'data/part-0001.csv', 'part-0001.csv'],
    ['a folder whose name continues the prefix', 'data', 'data2/b.csv', 'data2/b.csv'],
    ['empty parts and dots', 'data', 'data//./a.csv', 'a.csv'],
  ])('%s', (_situation, prefix, key, path) => {
    expect(channelPath(prefix, key)).toEqual({ path, folder: false })
  })

  it.each([
    ['the prefix itself', 'data/', 'data/', ''],
    ['below it', 'data', 'data/sub/', 'sub'],
  ])('takes a key with a slash at its end for a folder: %s', (_situation, prefix, key, path) => {
    expect(channelPath(prefix, key)).toEqual({ path, folder: true })
  })

  it.each([
    ['data', 'data/../x', 'leads out'],
    ['data', 'data/a/../../x', 'leads out'],
    ['data', 'data/a\0b', 'no file name'],
    ['data/', 'data/.', 'no file name'],
  ])('refuses: %j, %j', (prefix, key, message) => {
    expect(() => channelPath(prefix, key)).toThrow(message)
  })
})
