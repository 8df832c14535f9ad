import { runTool } from './run-tool.ts'

/** Which of TensorFlow's packages fits a machine. */
export interface TensorFlowPackage {
  readonly name: 'tensorflow-cpu' | 'tensorflow'
  readonly extra?: 'and-cuda'
}

export interface Machine {
  readonly platform: NodeJS.Platform
  readonly architecture: string
  readonly hasGpu: boolean
}

/** `tensorflow-cpu` is half the size, and exists for Linux on x86-64 only. */
export function packageFor({ platform, architecture, hasGpu }: Machine): TensorFlowPackage {
  if (platform === 'linux' && hasGpu) return { name: 'tensorflow', extra: 'and-cuda' }
  return { name: platform === 'linux' && architecture === 'x64' ? 'tensorflow-cpu' : 'tensorflow' }
}

/** A driver that answers counts, not the program's presence. */
export async function hasGpu(
  variables: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<boolean> {
  const { exitCode, output } = await runTool('nvidia-smi', ['-L'], { variables, signal, timeoutSeconds: 20 })
  return exitCode === 0 && output.some((line) => line.startsWith('GPU '))
}

/**
 * What every environment has beside TensorFlow: what AWS's images have and scripts import without asking, and what
 * `pip install` in a script needs. setuptools 81 is the last with `pkg_resources`, which older libraries import.
 */
export const basePackages: readonly string[] = [
  'boto3',
  'matplotlib',
  'pandas',
  'pillow',
  'pip',
  'psutil',
  'pyyaml',
  'requests',
  'scikit-learn',
  'scipy',
  'setuptools<81',
  'tensorboard',
  'wheel',
]
