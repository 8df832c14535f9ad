/** TensorFlow Serving's names, as its status answers print them. */
export type VersionState = 'START' | 'LOADING' | 'AVAILABLE' | 'UNLOADING' | 'END'

export interface VersionRecord {
  readonly version: number
  readonly state: VersionState
  /** True where the source wants it to be loaded. */
  readonly isAspired: boolean
}

export type VersionAction = { readonly load: number } | { readonly unload: number }

/** What to do next with one model's versions. Pure and stateless: the same records always yield the same action. */
export type VersionPolicy = (versions: readonly VersionRecord[]) => VersionAction | undefined

/**
 * Loads the new version before it unloads the old one: some version always answers, for the price of both in
 * memory. Source: TensorFlow Serving, core/availability_preserving_policy.cc.
 */
export const keepOneAvailable: VersionPolicy = (versions) => {
  const aspired = versions.filter((version) => version.isAspired)
  const retired = unneeded(versions)
  const isReplaced = aspired.length === 0 || aspired.some(({ state }) => state === 'AVAILABLE')
  const [lowest] = retired
  if (lowest !== undefined && (isReplaced || retired.length > 1)) return { unload: lowest }
  return loadNewest(versions)
}

/**
 * Unloads the old version, and waits until it is gone, before it loads the new one: never more memory than the
 * wanted versions need, for the price of a gap. Source: TensorFlow Serving, core/resource_preserving_policy.cc.
 */
export const freeMemoryFirst: VersionPolicy = (versions) => {
  const [lowest] = unneeded(versions)
  if (lowest !== undefined) return { unload: lowest }
  const isLeaving = versions.some(({ state, isAspired }) => !isAspired && state !== 'END')
  return isLeaving ? undefined : loadNewest(versions)
}

/** Lowest first. */
const unneeded = (versions: readonly VersionRecord[]): number[] =>
  versions
    .filter(({ state, isAspired }) => state === 'AVAILABLE' && !isAspired)
    .map(({ version }) => version)
    .sort((a, b) => a - b)

function loadNewest(versions: readonly VersionRecord[]): VersionAction | undefined {
  const waiting = versions.filter(({ state, isAspired }) => state === 'START' && isAspired)
  return waiting.length > 0 ? { load: Math.max(...waiting.map(({ version }) => version)) } : undefined
}
