import { spawn } from 'node:child_process'

export interface GroupGuard {
  /** The group has ended: nothing is to be killed any more. */
  release(): void
}

/**
 * Kills a process group when this process ends without having released it, be it by SIGKILL: a shell waits for the
 * end of a pipe that only this process holds. (A parent-death signal reaches the first process alone,
 * and a job's processes have children.)
 */
export function guardGroup(group: number): GroupGuard {
  const script = 'read -r line; [ "$line" = released ] || kill -s KILL -- "-$1"'
  const child = spawn('/bin/sh', ['-c', script, 'watchdog', String(group)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: {},
  })
  // Without a shell there is no guard; the group is still killed at every orderly end.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  return { release: () => child.stdin.end('released\n') }
}
