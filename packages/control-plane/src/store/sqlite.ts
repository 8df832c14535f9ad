import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database, { type Database as SqliteDatabase } from 'better-sqlite3'

export type { SqliteDatabase }

/** The data directory belongs to a server that runs. */
export class DirectoryInUse extends Error {}

const FILE = 'sagebrush.db'

/**
 * Opens `<directory>/sagebrush.db`, and makes both where they are missing. While it is open no other process can open
 * it (kill -9 sets it free), and a commit that returned survives a loss of power. Throws DirectoryInUse.
 */
export function openDatabase(directory: string): SqliteDatabase {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const database = new Database(join(directory, FILE), { timeout: 0 })
  try {
    // In this order: only a mode set before the first access keeps the whole file for this process, without shared memory.
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    database.exec('BEGIN IMMEDIATE; COMMIT')
    return database
  } catch (error) {
    database.close()
    if (isBusy(error)) {
      throw new DirectoryInUse(`data directory ${directory} is in use by another server`, { cause: error })
    }
    throw error
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code)
}
