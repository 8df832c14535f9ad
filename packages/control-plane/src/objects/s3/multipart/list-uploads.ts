import type { Upload, UploadQuery, UploadStore } from '../../store/upload-store.ts'
import { commonPrefixOf } from '../listing/keys.ts'

export interface UploadListing {
  readonly uploads: readonly Upload[]
  readonly commonPrefixes: readonly string[]
  /** Present when there is more: the key and id, or the common prefix, that was taken last. */
  readonly next?: { readonly key: string; readonly id?: string }
}
type PageOf = (query: UploadQuery) => ReturnType<UploadStore['list']>

/** Up to `limit` uploads and common prefixes, in order of key and id. Uploads are few: they are read one by one. */
export async function listUploads(
  pageOf: PageOf,
  query: UploadQuery & { readonly delimiter?: string | undefined },
): Promise<UploadListing> {
  const { prefix, delimiter, limit } = query
  const uploads: Upload[] = []
  const commonPrefixes: string[] = []
  let last: { readonly key: string; readonly id?: string } | undefined
  for await (const upload of all(pageOf, query)) {
    const group = commonPrefixOf(upload.key, prefix, delimiter)
    if (group !== undefined && (group === commonPrefixes.at(-1) || group === query.after?.key)) continue
    if (uploads.length + commonPrefixes.length === limit)
      return { uploads, commonPrefixes, ...(last && { next: last }) }
    if (group === undefined) uploads.push(upload)
    else commonPrefixes.push(group)
    last = group === undefined ? { key: upload.key, id: upload.id } : { key: group }
  }
  return { uploads, commonPrefixes }
}

async function* all(pageOf: PageOf, { prefix, after }: UploadQuery): AsyncGenerator<Upload> {
  let behind = after
  for (;;) {
    const { uploads, more } = await pageOf({ prefix, limit: 1000, ...(behind && { after: behind }) })
    yield* uploads
    const last = uploads.at(-1)
    if (!more || last === undefined) return
    behind = { key: last.key, id: last.id }
  }
}
