import { join } from 'node:path'

// Where bytes lie below the data directory. Users may look, and copy; nothing but the server may write.
//
//   objects/<bucket>/<key…>                      an object, at its own key wherever the file system can hold that name
//   objects/<bucket>/<key…>~<id>                 … when its place is taken: by an older version of it, by a folder
//   objects/<bucket>/.sagebrush/<id>-<end of key>  … when its key cannot be a path: `a//b`, `../x`, `folder/`, `a` as a
//                                                folder, a name too long
//   uploads/<id>                                 bytes that are arriving, a second name of those just placed, and the
//                                                parts of multipart uploads, which rows name
//   uploads/<id>.place                           the object that <id> is being placed for, and where
//
// Which of its places an object has taken stands in its row of the index, and nowhere else. A file, once named by a row,
// never changes: what is written over gets a new file, and the old one is removed after the row has changed.

export interface DataFolders {
  readonly objects: string
  readonly uploads: string
}

export function dataFolders(directory: string): DataFolders {
  return {
    objects: join(directory, 'objects'),
    uploads: join(directory, 'uploads'),
  }
}

/** The places that an object may take, relative to `objects/`, best first. The last is free as long as the id is new. */
export function placesFor(bucket: string, key: string, id: string): readonly string[] {
  const last = `${bucket}/${reserved}/${id}-${escapedEnd(key)}`
  return isPath(key) ? [`${bucket}/${key}`, `${bucket}/${key}~${id}`, last] : [last]
}

const reserved = '.sagebrush'
const nameLimitBytes = 255

/** No dot segments, nothing empty, nothing that a terminal would act on. */
function isPath(key: string): boolean {
  const segments = key.split('/')
  return (
    segments[0] !== reserved &&
    segments.every((name) => name !== '' && name !== '.' && name !== '..') &&
    segments.every((name) => Buffer.byteLength(name) <= nameLimitBytes) &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    !/[\0-\x1f\x7f]/.test(key)
  )
}

/** Readable, and short enough for a name. */
function escapedEnd(key: string): string {
  const escaped = Buffer.from(key)
    .toString('latin1')
    .replace(
      /[^A-Za-z0-9._=@+,-]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
  return escaped.slice(-100)
}
