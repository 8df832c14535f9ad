import { open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Claim, type HostPlan, type HostReport, hostFiles } from '@sagebrush/agent'
import { unlessAbsent } from '../system-error.ts'
import type { HostState } from './compute.ts'
import { isRunning, type ProcessMark } from './processes.ts'

/** Beside the files that the agent knows: the process that was started for this host, claimed or not. */
const STARTED = 'started'

/** The folders `0`, `1`, … of a group's hosts, in plan order; undefined for a group that has no folder. */
export async function hostFolders(group: string): Promise<string[] | undefined> {
  const names = await readdir(group).catch(unlessAbsent)
  const numbers = names?.filter((name) => /^\d+$/.test(name)).map(Number)
  return numbers?.sort((a, b) => a - b).map((number) => join(group, String(number)))
}

/** Whole or not at all, and on the disk. */
export async function writePlan(folder: string, plan: HostPlan): Promise<void> {
  await writeWhole(folder, hostFiles.plan, plan)
}

/** Undefined for a host that has none. */
export async function readPlan(folder: string): Promise<HostPlan | undefined> {
  return (await readJson(folder, hostFiles.plan)) as HostPlan | undefined
}

/** To be called once the process runs, so that the next server finds it. */
export async function noteStarted(folder: string, mark: ProcessMark): Promise<void> {
  await writeWhole(folder, STARTED, mark)
}

/** The agent that claimed the host, else the process started for it; undefined before either. */
export async function agentOf(folder: string): Promise<ProcessMark | undefined> {
  return (await readMark(folder, hostFiles.claim)) ?? readMark(folder, STARTED)
}

/** Every process ever known to have been started for the host. */
export async function marksOf(folder: string): Promise<ProcessMark[]> {
  const marks = await Promise.all([hostFiles.claim, STARTED].map((name) => readMark(folder, name)))
  return marks.filter((mark) => mark !== undefined)
}

/** What the host's files and processes say of it: `lost` when its agent has ended without a last report. */
export async function hostState(folder: string): Promise<HostState> {
  const agent = await agentOf(folder)
  if (!agent) return { phase: 'starting' }
  // In this order: an agent that ends writes its last report first.
  const runs = await isRunning(agent)
  const report = await readReport(folder)
  if (report?.phase === 'exited') return { ...report, at: new Date(report.at) }
  if (!runs) return lost(folder, agent)
  if (!report) return { phase: 'starting' }
  const { at, ...rest } = report
  return { ...rest, since: new Date(at) }
}

async function lost(folder: string, agent: ProcessMark): Promise<HostState> {
  const times = await Promise.all(
    [STARTED, hostFiles.claim, hostFiles.report, hostFiles.output].map((name) =>
      stat(join(folder, name)).then(
        (facts) => facts.mtimeMs,
        () => 0,
      ),
    ),
  )
  const began = (await readMark(folder, hostFiles.claim)) !== undefined
  const reason = began
    ? `the agent (process ${agent.pid}) ended without a word`
    : `the agent (process ${agent.pid}) ended before it began: ${await lastOutput(folder)}`
  return { phase: 'lost', at: new Date(Math.max(...times)), reason }
}

/** The end of what the agent printed, for a reader who has nothing else. */
async function lastOutput(folder: string): Promise<string> {
  const limitBytes = 500
  try {
    await using file = await open(join(folder, hostFiles.output))
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(limitBytes),
      0,
      limitBytes,
      Math.max(0, size - limitBytes),
    )
    return buffer.toString('utf8', 0, bytesRead).trim() || 'it printed nothing'
  } catch {
    return 'it printed nothing'
  }
}

async function readReport(folder: string): Promise<HostReport | undefined> {
  return (await readJson(folder, hostFiles.report)) as HostReport | undefined
}

/** Undefined also for a claim that is being written. */
async function readMark(folder: string, name: string): Promise<ProcessMark | undefined> {
  const claim = (await readJson(folder, name)) as Partial<Claim> | undefined
  return typeof claim?.pid === 'number' && typeof claim.startTicks === 'string'
    ? { pid: claim.pid, startTicks: claim.startTicks }
    : undefined
}

async function readJson(folder: string, name: string): Promise<unknown> {
  const text = await readFile(join(folder, name), 'utf8').catch(unlessAbsent)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Half written: whoever writes it says so again.
    return undefined
  }
}

/** Secrets or not, a host's files are their owner's alone. */
async function writeWhole(folder: string, name: string, value: unknown): Promise<void> {
  const temporary = join(folder, `${name}.new`)
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(JSON.stringify(value))
    await file.sync()
  }
  await rename(temporary, join(folder, name))
}
