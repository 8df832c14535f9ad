import { open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FilePool } from './file-pool.ts'
import { escapeName, newPrefix, streamSuffix, unescapeName } from './log-paths.ts'
import { LogStream, noSuchStream } from './log-stream.ts'
import { encodeHeader, readFirstLine, type StreamHeader } from './stream-file.ts'

/** What a group's file says: the request that made it, and when. */
export interface GroupFile {
  readonly logGroupName: string
  /** Milliseconds since 1970. */
  readonly creationTime: number
  readonly kmsKeyId?: string | undefined
  readonly logGroupClass?: 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY' | 'ESSENTIALS' | undefined
  readonly deletionProtectionEnabled?: boolean | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** A log group's streams; its folder is listed at the first use. */
export class LogGroup {
  readonly folder: string
  readonly file: GroupFile
  readonly #pool: FilePool
  #streams: Promise<Map<string, LogStream>> | undefined
  #changes: Promise<unknown> = Promise.resolve()

  constructor(folder: string, file: GroupFile, pool: FilePool) {
    this.folder = folder
    this.file = file
    this.#pool = pool
  }

  get name(): string {
    return this.file.logGroupName
  }

  /** In order of name. */
  async streams(): Promise<LogStream[]> {
    return [...(await this.#load()).values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Throws ResourceNotFoundException. */
  async stream(name: string): Promise<LogStream> {
    const stream = (await this.#load()).get(name)
    if (!stream) throw noSuchStream()
    return stream
  }

  /** False when the stream is there already. */
  createStream(header: StreamHeader): Promise<boolean> {
    return this.#change(async (streams) => {
      if (streams.has(header.name)) return false
      const path = join(this.folder, `${escapeName(header.name)}${streamSuffix}`)
      const text = encodeHeader(header)
      const fresh = join(this.folder, `${newPrefix}stream`)
      await writeFile(fresh, text)
      await rename(fresh, path)
      const file = { name: header.name, path, bytes: Buffer.byteLength(text), writtenAt: header.createdAt }
      streams.set(header.name, new LogStream(file, this.#pool))
      return true
    })
  }

  /** Throws ResourceNotFoundException. */
  deleteStream(name: string): Promise<void> {
    return this.#change(async (streams) => {
      const stream = streams.get(name)
      if (!stream) throw noSuchStream()
      streams.delete(name)
      stream.discard()
      await rm(stream.path, { force: true })
    })
  }

  /** To be called when the folder is no longer there. */
  async discard(): Promise<void> {
    for (const stream of (await this.#streams)?.values() ?? []) stream.discard()
  }

  /** One change after another: between two, the folder and the map say the same. */
  #change<T>(work: (streams: Map<string, LogStream>) => Promise<T>): Promise<T> {
    const done = this.#changes.then(async () => work(await this.#load()))
    this.#changes = done.catch(() => {})
    return done
  }

  #load(): Promise<Map<string, LogStream>> {
    this.#streams ??= this.#list().catch((error) => {
      this.#streams = undefined
      throw error
    })
    return this.#streams
  }

  async #list(): Promise<Map<string, LogStream>> {
    const entries = await readdir(this.folder)
    const files = entries.filter((entry) => entry.endsWith(streamSuffix) && !entry.startsWith(newPrefix))
    const streams = await Promise.all(files.map((entry) => this.#find(entry)))
    return new Map(streams.map((stream) => [stream.name, stream]))
  }

  async #find(entry: string): Promise<LogStream> {
    const path = join(this.folder, entry)
    const name = unescapeName(entry.slice(0, -streamSuffix.length)) ?? (await nameInside(path))
    const { size, mtimeMs } = await stat(path)
    return new LogStream({ name, path, bytes: size, writtenAt: mtimeMs }, this.#pool)
  }
}

async function nameInside(path: string): Promise<string> {
  const handle = await open(path, 'r')
  try {
    return (await readFirstLine(handle)).header.name
  } finally {
    await handle.close()
  }
}
