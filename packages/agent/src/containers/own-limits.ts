import { readFile } from 'node:fs/promises'

const most = { openFiles: 1_048_576, processes: 16_384 }

/** `Max open files  1024  524288  files`: the hard limits of this process, within reason. Source: proc(5). */
export async function ownLimits(): Promise<{ openFiles: number; processes: number }> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const hard = (name: string, bound: number): number => {
    const [, value] = new RegExp(`^Max ${name} +\\S+ +(\\d+)`, 'm').exec(text) ?? []
    return Math.min(value === undefined ? bound : Number(value), bound)
  }
  return { openFiles: hard('open files', most.openFiles), processes: hard('processes', most.processes) }
}
