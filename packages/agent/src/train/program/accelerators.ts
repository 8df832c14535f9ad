import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const limitMilliseconds = 10_000

/** How many GPUs NVIDIA's driver lists; 0 where there is none. Source: training toolkit, `num_gpus`. */
export async function countGpus(): Promise<number> {
  try {
    const listed = await promisify(execFile)('nvidia-smi', ['--list-gpus'], { timeout: limitMilliseconds })
    return listed.stdout.split('\n').filter((line) => line.startsWith('GPU ')).length
  } catch {
    return 0
  }
}
