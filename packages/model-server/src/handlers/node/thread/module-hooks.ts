import { existsSync, readFileSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { stripTypes } from './strip-types.ts'

/**
 * How modules of user code are found and read: TypeScript without a build step, packages where they were installed,
 * and `@sagebrush/model-server/handlers` without installing it. The same two functions serve Node's synchronous hooks
 * and those that run in a thread of their own (before Node 22.15).
 */
export interface HookSettings {
  /** URL of the folder `code/`. */
  readonly codeDirectory: string
  /** Folder with `node_modules`. */
  readonly packages: string | undefined
  /** URL of the module behind `@sagebrush/model-server/handlers`. */
  readonly api: string
}

let settings: HookSettings | undefined

export function initialize(given: HookSettings): void {
  settings = given
}

interface ResolveContext {
  readonly parentURL?: string
  readonly conditions?: readonly string[]
}
interface Loaded {
  readonly format: string
  readonly source?: string
  readonly shortCircuit?: boolean
}

export function resolve<Found>(
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Found,
): Found {
  const { parentURL } = context
  if (!settings || !parentURL?.startsWith(settings.codeDirectory)) return next(specifier, context)
  if (specifier === '@sagebrush/model-server/handlers') return next(asked(settings.api, context), context)
  if (/^\.{0,2}\//.test(specifier)) return next(asked(writtenAs(specifier, parentURL), context), context)
  if (!settings.packages || isBuiltin(specifier) || /^(#|[a-z]+:)/.test(specifier))
    return next(specifier, context)
  return next(specifier, { ...context, parentURL: pathToFileURL(join(settings.packages, 'index.js')).href })
}

export function load<Source>(
  url: string,
  context: object,
  next: (url: string, context: object) => Source,
): Source | Loaded {
  if (!url.startsWith('file:') || !/\.[cm]?ts$/.test(url)) return next(url, context)
  const path = fileURLToPath(url)
  const source = stripTypes(readFileSync(path, 'utf8'), path)
  return { format: formatOf(path, source), source, shortCircuit: true }
}

/** Not every Node's `require` takes addresses. */
const asked = (specifier: string, { conditions }: ResolveContext): string =>
  specifier.startsWith('file:') && conditions?.includes('require') ? fileURLToPath(specifier) : specifier

/** `./rows` and `./rows.js` may stand for `./rows.ts`, as TypeScript itself takes them. */
function writtenAs(specifier: string, parentURL: string): string {
  const url = new URL(specifier, parentURL)
  if (url.protocol !== 'file:') return specifier
  const path = fileURLToPath(url)
  if (isFile(path)) return specifier
  const typed = path.replace(/\.([cm]?)js$/, '.$1ts')
  const candidates = [
    typed,
    ...['.ts', '.mts', '.js', '.mjs', '/index.ts', '/index.js'].map((end) => path + end),
  ]
  const found = candidates.find(isFile)
  return found === undefined ? specifier : pathToFileURL(found).href
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile()

/** By the file's ending, then the nearest package.json, then by what is written in it. */
function formatOf(path: string, source: string): 'module' | 'commonjs' {
  if (extname(path) === '.mts') return 'module'
  if (extname(path) === '.cts') return 'commonjs'
  const type = packageType(dirname(path))
  if (type !== undefined) return type
  const isModule =
    /^\s*(import|export)\b/m.test(source) || !/\b(module\.exports|exports\.|require\()/.test(source)
  return isModule ? 'module' : 'commonjs'
}

function packageType(directory: string): 'module' | 'commonjs' | undefined {
  const path = join(directory, 'package.json')
  if (existsSync(path)) {
    const { type } = JSON.parse(readFileSync(path, 'utf8'))
    return type === 'module' || type === 'commonjs' ? type : undefined
  }
  const parent = dirname(directory)
  return parent === directory ? undefined : packageType(parent)
}
