import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface GroupGuard {
  /** All has ended: nothing is to be done any more. */
  release(): void
}

/**
 * Kills a process group when this process ends without having released it, be it by SIGKILL: a shell waits
 * for the end of a pipe that only this process holds. (A parent-death signal reaches the first process alone,
 * and a job's processes have children.)
 */
export function guardGroup(group: number): Promise<GroupGuard> {
  return lastWill(['kill', '-s', 'KILL', '--', `-${group}`], {})
}

/** Runs the command when this process ends without having released it, be it by SIGKILL. */
export async function lastWill(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<GroupGuard> {
  const script = 'read -r line; [ "$line" = released ] || "$@"'
  const child = spawn('/bin/sh', ['-c', script, 'watchdog', ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { ...environment },
  })
  child.stdin.on('error', () => {})
  child.unref()
  // Without a guard the group is still killed at every orderly end.
  await once(child, 'spawn').catch(() => {})
  return { release: () => child.stdin.end('released\n') }
}
