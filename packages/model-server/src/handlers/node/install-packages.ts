import { createHash, randomUUID } from 'node:crypto'
import { cp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { UserCodeError } from '../user-code.ts'
import { runNpm } from './run-npm.ts'

export interface InstallOptions {
  /** `code/` of the model. */
  readonly codeDirectory: string
  /** Installed packages are kept below `node/` in it, by the content of what asks for them. */
  readonly cacheDirectory: string
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Installs what `code/package.json` depends on, with npm, and tells the folder whose `node_modules` has it. Undefined
 * where nothing is asked for or `code/node_modules` came along. Throws UserCodeError with npm's own reason.
 */
export async function installPackages(options: InstallOptions): Promise<string | undefined> {
  const { codeDirectory, cacheDirectory } = options
  const wanted = await wantedPackages(codeDirectory)
  if (!wanted || (await exists(join(codeDirectory, 'node_modules')))) return undefined
  const files = await filesThatMatter(codeDirectory, wanted)
  const directory = join(cacheDirectory, 'node', await contentKey(codeDirectory, files))
  if (await exists(directory)) return directory
  const building = `${directory}.${randomUUID()}`
  try {
    for (const file of files) await cp(join(codeDirectory, file), join(building, file))
    // Scripts of the package itself are for its authors, and would miss the files that are not here.
    await writeFile(join(building, 'package.json'), JSON.stringify({ ...wanted, scripts: undefined }))
    await runNpm(building, { ...options, isLocked: files.some((file) => lockFiles.includes(file)) })
    await rename(building, directory).catch(async (error) => {
      // Another server was quicker with the same packages.
      if (!(await exists(directory))) throw error
    })
  } finally {
    await rm(building, { recursive: true, force: true })
  }
  return directory
}

const lockFiles: readonly string[] = ['package-lock.json', 'npm-shrinkwrap.json']

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

async function wantedPackages(codeDirectory: string): Promise<Package | undefined> {
  const text = await readFile(join(codeDirectory, 'package.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const described = parsePackage(text)
  return dependenciesOf(described).length > 0 ? described : undefined
}

function parsePackage(text: string): Package {
  try {
    const described: unknown = JSON.parse(text)
    if (typeof described === 'object' && described !== null) return described
    throw new Error('it is not an object')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UserCodeError(`code/package.json cannot be read: ${reason}`, { cause })
  }
}

const dependenciesOf = ({ dependencies = {}, optionalDependencies = {} }: Package): string[] =>
  Object.values({ ...dependencies, ...optionalDependencies })

/** What npm reads; all that came along where packages lie beside the script (`"file:./rows"`). */
async function filesThatMatter(codeDirectory: string, described: Package): Promise<readonly string[]> {
  const isLocal = dependenciesOf(described).some((wanted) => /^(file:|link:|\.{0,2}\/)/.test(wanted))
  const entries = await readdir(codeDirectory, { withFileTypes: true, recursive: isLocal })
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(codeDirectory, join(entry.parentPath, entry.name)))
  const read = ['package.json', '.npmrc', ...lockFiles]
  return names.filter((name) => isLocal || read.includes(name)).sort()
}

/** Packages may hold compiled code, so they are of one kind of Node. */
async function contentKey(codeDirectory: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  hash.update(`${process.platform} ${process.arch} ${process.versions.modules}`)
  for (const file of files) {
    const content = await readFile(join(codeDirectory, file))
    hash.update(`\n${file} ${content.length}\n`).update(content)
  }
  return hash.digest('hex').slice(0, 32)
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
