import { execFile } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'
import { promisify } from 'node:util'
import type { Room } from './room.ts'

/** What there is to be shared out on this machine. */
export interface MachineFacts {
  readonly room: Room
  /** As `CUDA_VISIBLE_DEVICES` names them. */
  readonly gpus: readonly string[]
}

const GiB = 2 ** 30
/** For the server, the system and whoever sits at the machine: an eighth of its memory, at most this much. */
const MOST_KEPT_BYTES = 2 * GiB
const LIST_LIMIT_MILLISECONDS = 10_000

/** `variables` is the server's environment: `PATH` leads to nvidia-smi, `CUDA_VISIBLE_DEVICES` narrows what it lists. */
export async function machineFacts(
  variables: Readonly<Record<string, string | undefined>>,
): Promise<MachineFacts> {
  const gpus = await listGpus(variables)
  const memory = availableMemoryBytes()
  const room = {
    cpus: availableParallelism(),
    memoryBytes: memory - Math.min(memory / 8, MOST_KEPT_BYTES),
    gpus: gpus.length,
  }
  return { room, gpus }
}

/** Of the container that this server runs in, where it runs in one. */
function availableMemoryBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

/** `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-…)` → `0`; none where there is no driver. */
async function listGpus(variables: Readonly<Record<string, string | undefined>>): Promise<readonly string[]> {
  const visible = variables.CUDA_VISIBLE_DEVICES?.split(',').map((id) => id.trim())
  const end = visible?.findIndex((id) => id === '' || id === '-1') ?? -1
  const wanted = end < 0 ? visible : visible?.slice(0, end)
  if (wanted?.length === 0) return []
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--list-gpus'], {
      timeout: LIST_LIMIT_MILLISECONDS,
      env: { PATH: variables.PATH },
    })
    const ids = [...stdout.matchAll(/^GPU (\d+): .*$/gm)].flatMap(([, id]) => id ?? [])
    return ids.length === 0 ? [] : (wanted ?? ids)
  } catch {
    return []
  }
}
