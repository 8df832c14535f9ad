import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../error-code.ts'
import { type Claim, hostFiles } from './host-files.ts'

/** Makes this process the one that runs the plan in `directory`; false when another has claimed it. */
export async function claimHost(directory: string): Promise<boolean> {
  const claim: Claim = { pid: process.pid, startTicks: await startTicks() }
  try {
    await using file = await open(join(directory, hostFiles.claim), 'wx', 0o600)
    await file.writeFile(JSON.stringify(claim))
    await file.sync()
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/**
 * Field 22 of `/proc/self/stat`, counted after the name, which may hold blanks; empty where there is no
 * /proc.
 */
async function startTicks(): Promise<string> {
  const stat = await readFile('/proc/self/stat', 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
