import type { Collection } from '../../../store/collection.ts'
import type { TrainingJob } from '../record.ts'
import { keepAliveSeconds, matchesPool, warmPoolOf } from './warm-pool.ts'

/** Finds the instances that a new job can take over. The records are the truth; this remembers where to look. */
export class WarmPools {
  readonly #jobs: Collection<TrainingJob>
  /** Jobs that may have left a pool; undefined before the first search. */
  #names: Promise<Set<string>> | undefined

  constructor(jobs: Collection<TrainingJob>) {
    this.#jobs = jobs
  }

  /** The job has ended. */
  async left(job: TrainingJob): Promise<void> {
    if (keepAliveSeconds(job) > 0) (await this.#names)?.add(job.name)
  }

  /** Gives the job the pool that has waited longest of those that match. The same again when asked twice. */
  async take(job: TrainingJob, now: Date): Promise<void> {
    const pools = await this.#available(now)
    if (pools.some((pool) => pool.reusedBy?.job === job.name)) return
    const matching = pools.filter((pool) => isAvailable(pool, now) && matchesPool(pool, job))
    for (const pool of matching.sort((a, b) => endOf(a) - endOf(b))) {
      const taken = await this.#jobs.update(pool.name, (current) =>
        isAvailable(current, now) ? { ...current, reusedBy: { job: job.name, at: now } } : current,
      )
      if (taken.value.reusedBy?.job === job.name) return
    }
  }

  async #available(now: Date): Promise<readonly TrainingJob[]> {
    this.#names ??= this.#allNames()
    const names = await this.#names
    const pools: TrainingJob[] = []
    for (const name of names) {
      const pool = (await this.#jobs.get(name))?.value
      const status = pool && warmPoolOf(pool, now)?.Status
      if (pool && status !== undefined && status !== 'Terminated') pools.push(pool)
      else names.delete(name)
    }
    return pools
  }

  async #allNames(): Promise<Set<string>> {
    const names = new Set<string>()
    for (let after: string | undefined; ; ) {
      const page = await this.#jobs.list({ limit: 500, ...(after === undefined ? {} : { after }) })
      for (const { value } of page) if (keepAliveSeconds(value) > 0) names.add(value.name)
      after = page.at(-1)?.value.name
      if (after === undefined) return names
    }
  }
}

const isAvailable = (pool: TrainingJob, now: Date) => warmPoolOf(pool, now)?.Status === 'Available'
const endOf = (pool: TrainingJob) => pool.end?.at.getTime() ?? 0
