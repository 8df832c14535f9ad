import Database, { type Database as SqliteDatabase } from 'better-sqlite3'
import { hasCode } from '../../../../system-error.ts'

/**
 * Joins the writes of one turn of the event loop into one transaction, since each commit waits for the disk.
 * A write that throws is undone alone.
 */
export class GroupCommit {
  readonly #database: SqliteDatabase
  #waiting: Job[] = []

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  /** Resolves once what `write` did is on the disk. `write` must not wait for anything; it may run again after it was undone. */
  run<T>(write: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#commit())
      let result: T
      this.#waiting.push({
        write: () => {
          result = write()
        },
        resolve: () => resolve(result),
        reject,
      })
    })
  }

  #commit(): void {
    const jobs = this.#waiting
    this.#waiting = []
    try {
      const failures = this.#writeAllMakingRoom(jobs)
      for (const job of jobs) {
        if (failures.has(job)) job.reject(failures.get(job))
        else job.resolve()
      }
    } catch (error) {
      for (const job of jobs) job.reject(error)
    }
  }

  /** On a full disk the log of changes can often be begun anew, so that what frees space can be written. */
  #writeAllMakingRoom(jobs: readonly Job[]): ReadonlyMap<Job, unknown> {
    try {
      return this.#writeAll(jobs)
    } catch (error) {
      if (!hasCode(error, 'SQLITE_FULL')) throw error
      this.#database.pragma('wal_checkpoint(RESTART)')
      return this.#writeAll(jobs)
    }
  }

  #writeAll(jobs: readonly Job[]): ReadonlyMap<Job, unknown> {
    const failures = new Map<Job, unknown>()
    this.#database.transaction(() => {
      for (const job of jobs) this.#attempt(job, failures)
    })()
    return failures
  }

  #attempt(job: Job, failures: Map<Job, unknown>): void {
    try {
      this.#database.transaction(job.write)()
    } catch (error) {
      // A full disk or a broken file undoes the whole transaction.
      if (error instanceof Database.SqliteError) throw error
      failures.set(job, error)
    }
  }
}

interface Job {
  readonly write: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}
