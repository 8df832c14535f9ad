import { afterKey, afterPrefix } from '../../key-order.ts'
import type { ObjectPage, ObjectQuery, StoredObject } from '../../store/object-store.ts'

export interface KeyQuery {
  readonly prefix: string
  readonly delimiter?: string | undefined
  /** The least key wanted. */
  readonly from: string
  readonly limit: number
}
export interface KeyListing {
  readonly objects: readonly StoredObject[]
  readonly commonPrefixes: readonly string[]
  /** Present when there is more: the last key or common prefix that was taken, and the least key to go on with. */
  readonly next?: { readonly last: string; readonly from: string }
}

/**
 * Up to `limit` objects and common prefixes, in order. Keys below a common prefix are leapt over, not read: a prefix
 * costs the same whatever is below it.
 */
export async function listKeys(
  pageOf: (query: ObjectQuery) => Promise<ObjectPage>,
  { prefix, delimiter, from, limit }: KeyQuery,
): Promise<KeyListing> {
  const objects: StoredObject[] = []
  const commonPrefixes: string[] = []
  let position: { readonly last: string; readonly from: string | undefined } = { last: '', from }
  let batch = delimiter ? smallBatch : limit + 1
  while (limit > 0 && position.from !== undefined) {
    const page = await pageOf({ prefix, from: position.from, limit: Math.min(batch, limit + 1) })
    let leapt = false
    for (const object of page.objects) {
      // `leapt` says that what was taken last is a prefix: the rest of the page may still be below it.
      leapt &&= object.key.startsWith(position.last)
      if (leapt) continue
      if (objects.length + commonPrefixes.length === limit)
        return { objects, commonPrefixes, next: { last: position.last, from: position.from ?? object.key } }
      const group = commonPrefixOf(object.key, prefix, delimiter)
      if (group === undefined) objects.push(object)
      else commonPrefixes.push(group)
      leapt = group !== undefined
      position = group === undefined ? afterObject(object.key) : { last: group, from: afterPrefix(group) }
    }
    if (!page.more) break
    batch = leapt ? smallBatch : batch * 4
  }
  return { objects, commonPrefixes }
}

/** The least key of a listing that goes on behind `marker`, which may be a common prefix; undefined when none is left. */
export function fromMarker(
  marker: string,
  prefix: string,
  delimiter: string | undefined,
): string | undefined {
  return marker !== '' && commonPrefixOf(marker, prefix, delimiter) === marker
    ? afterPrefix(marker)
    : marker === ''
      ? ''
      : afterKey(marker)
}

/** `a/b/c` with prefix `a/` and delimiter `/` → `a/b/`. */
export function commonPrefixOf(
  key: string,
  prefix: string,
  delimiter: string | undefined,
): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined
  const end = key.indexOf(delimiter, prefix.length)
  return end < 0 ? undefined : key.slice(0, end + delimiter.length)
}

const smallBatch = 16

function afterObject(key: string) {
  return { last: key, from: afterKey(key) }
}
