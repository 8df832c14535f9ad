import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadCredentials, newCredentials, roleId } from './credentials.ts'

const now = new Date('2026-11-21T10:00:00Z')
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'credentials-'))
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

describe("the server's key pair", () => {
  test('is made once, for its owner only, and found again', async () => {
    const data = join(root, 'new', 'data')
    const made = await loadCredentials(data, now)
    expect(made.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/)
    expect(made.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/)
    expect((await stat(join(data, 'credentials.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(data)).toEqual(['credentials.json'])
    expect(await loadCredentials(data, new Date())).toEqual(made)
  })

  test('is the same for all servers that start at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadCredentials(root, now)))
    expect(new Set(all.map(({ secretAccessKey }) => secretAccessKey)).size).toBe(1)
    expect(await readdir(root)).toEqual(['credentials.json'])
  })

  test.each([0o640, 0o604, 0o622])('is refused from a file of mode %o', async (mode) => {
    await loadCredentials(root, now)
    const path = join(root, 'credentials.json')
    await chmod(path, mode)
    await expect(loadCredentials(root, now)).rejects.toThrow(`chmod 600 '${path}'`)
  })

  test.each([
    '',
    '[]',
    'null',
    '{"accessKeyId":"AKIA',
    '{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}',
    '{"accessKeyId":"a b","secretAccessKey":"s","createdAt":"2026-11-21T10:00:00Z"}',
  ])('is refused from a file that holds %j, which is left alone', async (text) => {
    const path = join(root, 'credentials.json')
    await writeFile(path, text, { mode: 0o600 })
    await expect(loadCredentials(root, now)).rejects.toThrow('holds no key pair')
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  test('is another each time', () => {
    expect(newCredentials(now)).not.toEqual(newCredentials(now))
  })
})

test('a role has an id of its own, always the same', () => {
  expect(roleId('123456789012/a')).toMatch(/^AROA[A-Z2-7]{17}$/)
  expect(roleId('123456789012/a')).toBe(roleId('123456789012/a'))
  expect(roleId('123456789012/a')).not.toBe(roleId('123456789012/b'))
})
