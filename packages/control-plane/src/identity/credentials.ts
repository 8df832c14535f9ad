import { createHash, randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConfigError } from '../config.ts'
import { hasCode } from '../system-error.ts'

/** The one key pair that this server knows. `secretAccessKey` must not reach a log or an answer. */
export interface ServerCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly createdAt: Date
}

/**
 * Loads `<data>/credentials.json`, or makes it: whole or not at all, and readable by its owner only. Of several servers
 * that start at once, all get the same pair. Throws ConfigError, saying what to do, for a file that others can read or that
 * holds no key pair.
 *
 *     {"accessKeyId":"AKIA…","secretAccessKey":"…","createdAt":"2026-11-21T10:00:00.000Z"}
 */
export async function loadCredentials(dataDirectory: string, now: Date): Promise<ServerCredentials> {
  const path = join(dataDirectory, 'credentials.json')
  const known = await readCredentials(path)
  if (known !== undefined) return known
  await createFile(path, `${JSON.stringify(newCredentials(now), null, 2)}\n`)
  const made = await readCredentials(path)
  if (made === undefined) throw new Error(`${path} vanished while it was being made`)
  return made
}

/** `AKIA` and 16 characters of base 32; 40 of base 64. */
export function newCredentials(now: Date): ServerCredentials {
  return {
    accessKeyId: `AKIA${base32(randomBytes(10))}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    createdAt: now,
  }
}

/** `AROA` and 17 characters, always the same for the same text: as AWS spells the ids of roles. */
export function roleId(text: string): string {
  return `AROA${base32(createHash('sha256').update(text).digest()).slice(0, 17)}`
}

async function readCredentials(path: string): Promise<ServerCredentials | undefined> {
  const text = await readPrivate(path)
  if (text === undefined) return undefined
  const credentials = parseCredentials(text)
  if (credentials === undefined)
    throw new ConfigError(`${path} holds no key pair: restore it, or remove it to have a new pair made`)
  return credentials
}

async function readPrivate(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0)
      throw new ConfigError(
        `${path} holds a secret, but others than its owner can reach it: chmod 600 '${path}'`,
      )
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function parseCredentials(text: string): ServerCredentials | undefined {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { accessKeyId, secretAccessKey, createdAt } = value as Record<string, unknown>
  if (typeof accessKeyId !== 'string' || !/^\w{16,128}$/.test(accessKeyId)) return undefined
  if (typeof secretAccessKey !== 'string' || secretAccessKey === '') return undefined
  const created = new Date(typeof createdAt === 'string' ? createdAt : Number.NaN)
  return Number.isNaN(created.getTime()) ? undefined : { accessKeyId, secretAccessKey, createdAt: created }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Its caller says what such a file means.
    return undefined
  }
}

/** Durable, and never seen half-written. Does nothing when the file is already there. */
async function createFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`
  try {
    await writeSynced(draft, text)
    await link(draft, path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  await using directory = await open(dirname(path))
  await directory.sync()
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function base32(bytes: Uint8Array): string {
  let text = ''
  let value = 0
  let bits = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff
    bits += 8
    for (; bits >= 5; bits -= 5) text += alphabet[(value >> (bits - 5)) & 31]
  }
  return text
}
