import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outcome } from './host.ts'
import { type Activity, type HostReport, hostFiles } from './host-files.ts'

export interface Reporter {
  /**
   * A later call replaces an earlier one, also while that is being written. Never rejects: it is news, no
   * more.
   */
  running(
    activity: Activity,
    details?: { readonly message?: string; readonly address?: string },
  ): Promise<void>
  /** The last report: it survives a loss of power once this resolves. */
  exited(outcome: Outcome): Promise<void>
}

/** Writes `report.json` of a host's folder, whole or not at all. */
export function reporter(directory: string, now: () => Date): Reporter {
  let written: Promise<void> = Promise.resolve()
  const write = (report: HostReport): Promise<void> => {
    // A failed write must not keep the next one from being tried.
    written = written.catch(() => {}).then(() => replaceReport(directory, report))
    return written
  }
  return {
    running: (activity, details = {}) =>
      write({ phase: 'running', activity, at: now().toISOString(), ...details }).catch(() => {}),
    exited: ({ exitCode, ...told }) => write({ phase: 'exited', exitCode, at: now().toISOString(), ...told }),
  }
}

async function replaceReport(directory: string, report: HostReport): Promise<void> {
  const path = join(directory, hostFiles.report)
  const temporary = `${path}.new`
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(JSON.stringify(report))
    if (report.phase === 'exited') await file.sync()
  }
  await rename(temporary, path)
}
