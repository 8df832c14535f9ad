import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { hasCode } from '../system-error.ts'

/** A process that was: `startTicks` tells it from a later one with the same number; empty where nobody noted it. */
export interface ProcessMark {
  readonly pid: number
  readonly startTicks: string
}

export interface ProcessFacts extends ProcessMark {
  readonly parent: number
  /** Of the session; outside of Linux of the process group. */
  readonly session: number
}

const hasProc = process.platform === 'linux'
const run = promisify(execFile)

/** The processes that run now. Zombies have ended. */
export async function runningProcesses(): Promise<ProcessFacts[]> {
  if (!hasProc) return parsePs((await run('ps', ['-axo', PS_COLUMNS])).stdout)
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(names.map((name) => readProc(Number(name))))
  return found.filter((facts) => facts !== undefined)
}

/** What runs under this number now. */
export async function processFacts(pid: number): Promise<ProcessFacts | undefined> {
  if (hasProc) return readProc(pid)
  const { stdout } = await run('ps', ['-o', PS_COLUMNS, '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return parsePs(stdout)[0]
}

/** Whether it still runs, and not another one by its number. */
export async function isRunning(mark: ProcessMark): Promise<boolean> {
  const facts = await processFacts(mark.pid)
  return facts !== undefined && isSame(facts, mark)
}

/** A mark without a start is any process of its number. */
export function isSame(facts: ProcessFacts, mark: ProcessMark): boolean {
  return facts.pid === mark.pid && (mark.startTicks === '' || facts.startTicks === mark.startTicks)
}

/** False when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false
    throw error
  }
}

/** `4711 (node) S 1 4711 4711 …`; the name may hold blanks and brackets. Source: proc(5). */
async function readProc(pid: number): Promise<ProcessFacts | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(emptyWhereGone)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, , session] = fields
  const startTicks = fields[19]
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined
  return { pid, parent: Number(parent), session: Number(session), startTicks }
}

/** Any other failure, such as too many open files, says nothing about the process. */
function emptyWhereGone(error: unknown): string {
  if (hasCode(error, 'ENOENT', 'ESRCH')) return ''
  throw error
}

const PS_COLUMNS = 'pid=,ppid=,pgid=,state=,lstart='

/** `4711 1 4711 Ss Fri Nov 20 11:54:30 2026` */
function parsePs(text: string): ProcessFacts[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line)
    const [, pid, parent, session, state, startTicks = ''] = match ?? []
    if (!match || state?.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), session: Number(session), startTicks }]
  })
}
