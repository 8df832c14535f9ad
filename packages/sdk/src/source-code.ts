import { access, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { create } from 'tar'
import type { Session } from './session.ts'
import { uploadFile } from './upload.ts'

export interface SourceCode {
  /** The program: a path of its own, or relative to `sourceDir`. */
  readonly entryPoint: string
  /** A folder that goes along whole. */
  readonly sourceDir?: string
  /** Further files and folders, which land beside the program. */
  readonly dependencies?: readonly string[]
}

/** Packs the program as `sourcedir.tar.gz` and puts it at `uri`. Throws Error that names what is missing of it. */
export async function uploadSource(session: Session, source: SourceCode, uri: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sagebrush-source-'))
  try {
    const archive = join(directory, 'sourcedir.tar.gz')
    const root = await gather(source, join(directory, 'root'))
    await create({ gzip: true, file: archive, cwd: root, portable: true, follow: true }, ['.'])
    return await uploadFile(session, archive, uri)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The name that the training container is told: relative to the root of the archive. */
export function programName({ entryPoint, sourceDir }: SourceCode): string {
  return sourceDir ? entryPoint : basename(entryPoint)
}

async function gather(
  { entryPoint, sourceDir, dependencies = [] }: SourceCode,
  root: string,
): Promise<string> {
  // Modules, as `-m package.train`, are looked for where they run.
  if (sourceDir) await demand('the source folder', sourceDir)
  if (!sourceDir || /\.(py|sh)$/.test(entryPoint))
    await demand('the entry point', sourceDir ? join(sourceDir, entryPoint) : entryPoint)
  for (const path of dependencies) await demand('the dependency', path)
  await mkdir(root)
  if (sourceDir) await cp(sourceDir, root, { recursive: true, dereference: true })
  else await cp(join(dirname(entryPoint), basename(entryPoint)), join(root, basename(entryPoint)))
  for (const path of dependencies)
    await cp(path, join(root, basename(path)), { recursive: true, dereference: true })
  return root
}

async function demand(what: string, path: string): Promise<void> {
  await access(path).catch((cause: unknown) => {
    throw new Error(`${what} ${resolve(path)} cannot be read`, { cause })
  })
}
