import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface GroupGuard {
  /** The group has ended: nothing is to be killed any more. */
  release(): void
}

/**
 * Kills a process group when this process ends without having released it, be it by SIGKILL: a shell waits
 * for the end of a pipe that only this process holds. (A parent-death signal reaches the first process alone,
 * and a job's processes have children.)
 */
export async function guardGroup(group: number): Promise<GroupGuard> {
  const script = 'read -r line; [ "$line" = released ] || kill -s KILL -- "-$1"'
  const child = spawn('/bin/sh', ['-c', script, 'watchdog', String(group)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: {},
  })
  child.stdin.on('error', () => {})
  child.unref()
  // Without a guard the group is still killed at every orderly end.
  await once(child, 'spawn').catch(() => {})
  return { release: () => child.stdin.end('released\n') }
}
