import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'

/**
 * Holds the tree to its outline: imports go one way, no cycles, one door per package, files of one room's size.
 * `types` means: only `import type`, or the names listed.
 */
const arrows = {
  api: {},
  environments: {},
  'model-server': { '@sagebrush/environments': 'all' },
  agent: { '@sagebrush/api': 'all', '@sagebrush/environments': 'all' },
  'control-plane': { '@sagebrush/api': 'all', '@sagebrush/agent': ['hostFiles'] },
  sdk: { '@sagebrush/api': 'all' },
  cli: {
    '@sagebrush/sdk': 'all',
    '@sagebrush/environments': 'all',
    '@sagebrush/control-plane': ['startServer', 'ConfigError', 'DirectoryInUse'],
  },
}
const linesAtMost = { source: 400, test: 500 }
const vagueNames = /^(utils?|common|constants|helpers?|misc|shared)\.ts$/
const compositionRoots = /(^|\/)(config|main)\.ts$/

const problems = []
const modules = Object.keys(arrows).flatMap(readPackage)
for (const module of modules) {
  checkFile(module)
  for (const entry of module.imports) checkArrow(module, entry)
}
checkCycles(modules)
for (const problem of problems) console.error(problem)
console.log(`${modules.length} files, ${problems.length} problems`)
process.exitCode = problems.length ? 1 : 0

function readPackage(name) {
  const root = join('packages', name, 'src')
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name)
      const text = readFileSync(path, 'utf8')
      return {
        path,
        package: name,
        text,
        isTest: /\.(test|contract|test-d)\.ts$|\/testing\//.test(path),
        imports: importsOf(text),
      }
    })
}

function importsOf(text) {
  const statement = /^(?:import|export)\s+(type\s+)?([^'"]*?)\s*from\s+['"]([^'"]+)['"]/gm
  return [...text.matchAll(statement)].map(([, type, names, from]) => ({
    from,
    isType: Boolean(type),
    valueNames: [...(names.match(/\{([^}]*)\}/)?.[1] ?? '').split(',')]
      .map((name) => name.trim())
      .filter((name) => name && !name.startsWith('type '))
      .map((name) => name.split(/\s+as\s+/)[0]),
    isNamespace: /\*/.test(names),
  }))
}

function checkFile({ path, text, isTest }) {
  const lines = text.split('\n').length - 1
  const limit = isTest ? linesAtMost.test : linesAtMost.source
  if (lines > limit) problems.push(`${path}: ${lines} lines, at most ${limit}`)
  if (vagueNames.test(basename(path))) problems.push(`${path}: a name that could mean anything`)
  if (/^export \*/m.test(text)) problems.push(`${path}: export * hides what the door offers`)
  if (!isTest && !compositionRoots.test(path) && /process\.env\b/.test(text)) {
    problems.push(`${path}: reads process.env outside config.ts and main.ts`)
  }
}

function checkArrow(module, { from, isType, valueNames, isNamespace }) {
  if (module.isTest || !(from === 'sagebrush' || from.startsWith('@sagebrush/'))) return
  const allowed = arrows[module.package][from]
  if (allowed === 'all') return
  if (allowed && (isType || (!isNamespace && valueNames.every((name) => allowed.includes(name))))) return
  problems.push(
    `${module.path}: ${module.package} must not import ${from}${allowed ? ` beyond ${allowed.join(', ')}` : ''}`,
  )
}

function checkCycles(all) {
  const byPath = new Map(all.map((module) => [resolve(module.path), module]))
  const state = new Map()
  const visit = (path, trail) => {
    if (state.get(path) === 'done' || !byPath.has(path)) return
    if (state.get(path) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(path)), path].map((file) => relative('.', file))
      problems.push(`import cycle: ${cycle.join(' -> ')}`)
      return
    }
    state.set(path, 'open')
    for (const { from, isType, valueNames, isNamespace } of byPath.get(path).imports) {
      if (from.startsWith('.') && !isType && (isNamespace || valueNames.length > 0)) {
        visit(resolve(dirname(path), from), [...trail, path])
      }
    }
    state.set(path, 'done')
  }
  for (const path of byPath.keys()) visit(path, [])
}
