import { stat } from 'node:fs/promises'
import { join } from 'node:path'

/** User code beside a model, not yet started. Paths are below the directory that was searched. */
export type FoundUserCode = FoundPythonCode | FoundNodeCode

/** `script` is undefined where there are only packages: then the built-in handler answers. */
export interface FoundPythonCode {
  readonly language: 'python'
  /** `code/`: imports find what lies in it. */
  readonly directory: string
  readonly script: string | undefined
  /** `code/lib/`: packages brought along; then nothing is installed. */
  readonly libraries: string | undefined
  /** `code/requirements.txt`. */
  readonly requirements: string | undefined
}

export interface FoundNodeCode {
  readonly language: 'node'
  readonly directory: string
  readonly script: string
}

const nodeScripts = ['inference.ts', 'inference.mts', 'inference.js', 'inference.mjs']

/**
 * The user code of a model, or undefined where there is none: `code/` in an unpacked model.tar.gz. `inference.py` goes
 * before `inference.ts`, and that before `requirements.txt` or `lib/` alone.
 * Source: SageMaker TensorFlow Serving container, serve.py; TypeScript is ours.
 */
export async function findUserCode(modelDirectory: string): Promise<FoundUserCode | undefined> {
  const directory = join(modelDirectory, 'code')
  const script = await file(join(directory, 'inference.py'))
  const requirements = await file(join(directory, 'requirements.txt'))
  const libraries = await folder(join(directory, 'lib'))
  const python: FoundPythonCode = { language: 'python', directory, script, libraries, requirements }
  if (script !== undefined) return python
  for (const name of nodeScripts) {
    const path = await file(join(directory, name))
    if (path !== undefined) return { language: 'node', directory, script: path }
  }
  return requirements === undefined && libraries === undefined ? undefined : python
}

const file = async (path: string): Promise<string | undefined> =>
  (await kindOf(path)) === 'file' ? path : undefined

const folder = async (path: string): Promise<string | undefined> =>
  (await kindOf(path)) === 'folder' ? path : undefined

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    // Absent, or below something that is no folder.
    return undefined
  }
}
