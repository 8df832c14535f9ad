/** Which part of a channel a host gets, and in which order. */
export interface Share {
  /** Position of the host among the job's sorted hosts. */
  readonly host: number
  readonly hosts: number
}

/**
 * What one host sees in one epoch. With a seed, the order is one of chance, the same on every host, and another one in
 * each epoch; a share is taken from that order, so that the hosts' parts change as well.
 * Source: SageMaker's ShuffleConfig and S3DataDistributionType.
 */
export function epochOrder<T>(
  items: readonly T[],
  {
    seed,
    epoch,
    share,
  }: { readonly seed?: number | undefined; readonly epoch: number; readonly share?: Share | undefined },
): readonly T[] {
  const ordered = seed === undefined ? items : shuffled(items, seed, epoch)
  if (share === undefined || share.hosts === 1) return ordered
  return ordered.filter((_, index) => index % share.hosts === share.host)
}

/** Fisher and Yates's shuffle. */
function shuffled<T>(items: readonly T[], seed: number, epoch: number): readonly T[] {
  const random = randomNumbers(seed, epoch)
  const result = [...items]
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1))
    const [one, two] = [result[index], result[other]] as [T, T]
    result[index] = two
    result[other] = one
  }
  return result
}

/** Numbers in [0, 1): a counter whose bits are mixed. Equal seeds and epochs give equal numbers on all machines. */
function randomNumbers(seed: number, epoch: number): () => number {
  let state = mix(mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) >>> 0) ^ Math.imul(epoch + 1, 0x9e3779b9))
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    return mix(state) / 2 ** 32
  }
}

function mix(value: number): number {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
