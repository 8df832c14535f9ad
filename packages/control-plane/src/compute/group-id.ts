/** What a group of hosts is for; the first part of its id. */
export type GroupKind = 'train' | 'serve'

/**
 * `groupId('train', 'mnist', '3f0c…')` → `train-mnist-3f0c…`. `unique` must never be the same for two groups, and is
 * letters and digits only.
 */
export function groupId(kind: GroupKind, name: string, unique: string): string {
  return `${kind}-${name}-${unique}`
}

/** The name of the record that a group of this kind runs for; undefined for a group of another kind. */
export function nameOfGroup(kind: GroupKind, id: string): string | undefined {
  const end = id.lastIndexOf('-')
  return id.startsWith(`${kind}-`) && end > kind.length + 1 ? id.slice(kind.length + 1, end) : undefined
}
