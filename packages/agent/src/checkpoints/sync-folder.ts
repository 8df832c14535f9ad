import { constants } from 'node:fs'
import { mkdir, open, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../failure-reason.ts'
import { ownFolder } from '../machine/own-folder.ts'
import { eachOf } from '../objects/each-of.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import { type ObjectPlace, parseS3Uri } from '../objects/s3-uri.ts'
import { writeObject } from '../objects/write-object.ts'
import { restoreFolder } from './restore-folder.ts'
import { type SeenFile, scanFolder, stateOf } from './scan-folder.ts'

export interface FolderToSync {
  readonly client: ObjectsClient
  /** `s3://bucket/prefix`: a file `a/b` becomes `s3://bucket/prefix/a/b`. */
  readonly uri: string
  readonly folder: string
  /** A link that a program puts in the folder's place is not followed out of this; default: what the folder is in. */
  readonly root?: string
  /** See SyncedFolder. */
  readonly twoWay: boolean
  /** Hears what goes wrong meanwhile; it is tried again. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
  /** Between two looks at the folder; 1 s. */
  readonly pauseMilliseconds?: number
  /** A file that was written so long ago is taken to be whole; 500 ms. */
  readonly settleMilliseconds?: number
}

export interface FolderSync {
  /** Looks once more, and resolves when S3 has what the folder has. Throws what keeps it from that. */
  finish(): Promise<void>
}

/**
 * Brings what S3 has, if that is wanted, and from then on keeps S3 like the folder. A file goes up once nobody has
 * written to it for a while, and as a whole: an object never holds half a file. Older files go first. Only what was once
 * synced is ever deleted there. A folder that is gone altogether changes nothing. Throws what `restoreFolder` throws.
 */
export async function syncFolder(options: FolderToSync): Promise<FolderSync> {
  const { client, folder, signal, pauseMilliseconds = 1_000 } = options
  const place = placeOf(options.uri)
  await mkdir(folder, { recursive: true })
  if (options.twoWay) await restoreFolder({ client, place, folder, signal })
  const mirror = new Mirror(options, place, (await scanFolder(folder, () => {})) ?? [])
  const ended = new AbortController()
  const running = keepSyncing(mirror, { ended: ended.signal, pauseMilliseconds, say: options.say })
  return {
    async finish() {
      ended.abort()
      await running
      await mirror.look('last')
    },
  }
}

interface Rounds {
  readonly ended: AbortSignal
  readonly pauseMilliseconds: number
  readonly say: (line: string) => void
}

/** Never rejects. */
async function keepSyncing(mirror: Mirror, { ended, pauseMilliseconds, say }: Rounds): Promise<void> {
  let told = ''
  for (let pause = pauseMilliseconds; !ended.aborted; ) {
    await delay(pause, undefined, { signal: ended }).catch(() => {})
    if (ended.aborted) return
    const began = Date.now()
    await mirror.look().catch((error: unknown) => {
      const text = messageOf(error)
      if (text !== told) say(text)
      told = text
    })
    // A folder of many files must not take a processor to itself.
    pause = Math.max(pauseMilliseconds, (Date.now() - began) * 5)
  }
}

/** What S3 has of a folder, as far as it came from there or went there. */
class Mirror {
  readonly #options: FolderToSync
  readonly #place: ObjectPlace
  /** Path → the state in which it was stored. */
  readonly #stored: Map<string, string>
  /** Path → the state at the last look. */
  #seen = new Map<string, string>()

  readonly #leftOut = new Set<string>()

  /** `restored`: what S3 has already. */
  constructor(options: FolderToSync, place: ObjectPlace, restored: readonly SeenFile[]) {
    this.#options = options
    this.#place = place
    this.#stored = new Map(options.twoWay ? restored.map(({ path, state }) => [path, state]) : [])
  }

  /** The last look takes files as they are. */
  async look(which: 'any' | 'last' = 'any'): Promise<void> {
    const { folder, root = dirname(folder) } = this.#options
    const own = await ownFolder(root, folder)
    const files = own === undefined ? undefined : await scanFolder(own, (path) => this.#leaveOut(path))
    if (own === undefined || files === undefined) return
    const before = this.#seen
    const settled = BigInt(Date.now() - (this.#options.settleMilliseconds ?? 500)) * 1_000_000n
    this.#seen = new Map(files.map(({ path, state }) => [path, state]))
    for (const { path, state, changedAt } of files) {
      if (this.#stored.get(path) === state) continue
      if (which === 'any' && changedAt > settled && before.get(path) !== state) continue
      if (await this.#store(own, path, state)) this.#stored.set(path, state)
    }
    if (this.#options.twoWay) await this.#forget()
  }

  /** False when the file changed on the way: the next look comes to it again. */
  async #store(folder: string, path: string, state: string): Promise<boolean> {
    const { client } = this.#options
    const place = { bucket: this.#place.bucket, key: this.#place.key + path }
    try {
      await writeObject({ client, place }, unchangedBytes(join(folder, path), state))
      return true
    } catch (error) {
      if (error instanceof Changed) return false
      throw error
    }
  }

  /** Tells of each once. */
  #leaveOut(path: string): void {
    if (this.#leftOut.has(path)) return
    this.#leftOut.add(path)
    this.#options.say(`the name of ${path} is no UTF-8`)
  }

  async #forget(): Promise<void> {
    const gone = [...this.#stored.keys()].filter((path) => !this.#seen.has(path))
    const { bucket, key } = this.#place
    await eachOf(each(gone), 8, async (path) => {
      await this.#options.client.DeleteObject({ Bucket: bucket, Key: key + path })
      this.#stored.delete(path)
    })
  }
}

class Changed extends Error {}

/** Throws Changed, at its end at the latest, unless the file is the one it was: nothing of the object is seen then. */
async function* unchangedBytes(path: string, state: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => {
      throw new Changed()
    },
  )
  // A link may have taken the place of a folder above it, too. Linux alone tells.
  const place = await realpath(`/proc/self/fd/${file.fd}`).catch(() => path)
  if (place !== path) throw new Changed()
  for await (const chunk of file.createReadStream({ autoClose: false })) yield chunk
  if ((await stateOf(path))?.state !== state) throw new Changed()
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

function placeOf(uri: string): ObjectPlace {
  const { bucket, key } = parseS3Uri(uri)
  const prefix = key.replace(/\/+$/, '')
  return { bucket, key: prefix === '' ? '' : `${prefix}/` }
}
