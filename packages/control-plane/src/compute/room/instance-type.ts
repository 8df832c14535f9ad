/** What an instance of AWS's has. */
export interface InstanceFacts {
  readonly cpus: number
  readonly memoryGiB: number
  readonly gpus: number
}

/**
 * Memory for each vCPU by the family's first letter. Source: AWS's instance types; their generations (m4 … m7i) differ
 * by processor, hardly by this.
 */
const memoryGiBPerCpu: Readonly<Record<string, number>> = { t: 4, m: 4, c: 2, r: 8, x: 16, p: 8, g: 4 }

/** Of an instance with GPUs: how many, by family and size. Source: AWS's instance types. */
const gpuCounts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  p2: { xlarge: 1, '8xlarge': 8, '16xlarge': 16 },
  p3: { '2xlarge': 1, '8xlarge': 4, '16xlarge': 8 },
  p3dn: { '24xlarge': 8 },
  p4d: { '24xlarge': 8 },
  p4de: { '24xlarge': 8 },
  p5: { '4xlarge': 1, '48xlarge': 8 },
  p5e: { '48xlarge': 8 },
  p5en: { '48xlarge': 8 },
  g4dn: { xlarge: 1, '2xlarge': 1, '4xlarge': 1, '8xlarge': 1, '12xlarge': 4, '16xlarge': 1 },
  g5: graphics(),
  g6: graphics(),
  g6e: graphics(),
}

function graphics(): Record<string, number> {
  const one = { xlarge: 1, '2xlarge': 1, '4xlarge': 1, '8xlarge': 1, '16xlarge': 1 }
  return { ...one, '12xlarge': 4, '24xlarge': 4, '48xlarge': 8 }
}

/** What a type is taken for whose name says nothing: an `ml.m5.xlarge`. */
const unknownInstance: InstanceFacts = { cpus: 4, memoryGiB: 16, gpus: 0 }

/** `ml.c5.xlarge` → 4 vCPUs, 8 GiB: by its family and its size, so that types of tomorrow are known too. */
export function instanceFacts(instanceType: string): InstanceFacts {
  const [, family = '', size = ''] = /^(?:ml\.)?([a-z]+\d[a-z0-9]*)\.([a-z0-9-]+)$/.exec(instanceType) ?? []
  const cpus = cpusOfSize(size)
  if (cpus === undefined) return unknownInstance
  const gib = memoryGiBPerCpu[family.charAt(0)] ?? unknownInstance.memoryGiB / unknownInstance.cpus
  return { cpus, memoryGiB: size === 'medium' ? 4 : cpus * gib, gpus: gpuCounts[family]?.[size] ?? 0 }
}

/** `medium` and `large` have 2 vCPUs, `xlarge` 4, `<n>xlarge` 4 n; a whole machine (`metal`) as many as the largest. */
function cpusOfSize(size: string): number | undefined {
  if (size === 'medium' || size === 'large') return 2
  if (size.startsWith('metal')) return 192
  const [match, count = '1'] = /^(\d*)xlarge$/.exec(size) ?? []
  return match === undefined ? undefined : 4 * Number(count || 1)
}
