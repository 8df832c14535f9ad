import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Links lead somewhere, commands exist, and TypeScript in the documents and the examples compiles. */
const folders = ['.', 'docs', 'docs/decisions', 'bench', 'conformance', 'conformance/python', 'examples']
const documents = [...folders, ...readdirSync('packages').map((name) => join('packages', name))]
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  )
const scripts = JSON.parse(readFileSync('package.json', 'utf8')).scripts
const subcommands = listSubcommands()
const problems = []

for (const path of documents) {
  const text = readFileSync(path, 'utf8')
  checkLinks(path, text)
  checkCommands(path, text)
}
checkTypeScript(documents)
for (const problem of problems) console.error(problem)
console.log(`${documents.length} documents, ${problems.length} problems`)
process.exitCode = problems.length ? 1 : 0

function checkLinks(path, text) {
  for (const [, target] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
    if (!existsSync(join(dirname(path), target))) problems.push(`${path}: nothing at ${target}`)
  }
}

function checkCommands(path, text) {
  for (const [, name] of text.matchAll(/npm run ([a-z]+)/g)) {
    if (!scripts[name]) problems.push(`${path}: no script ${name}`)
  }
  for (const [, name] of text.matchAll(/npx sagebrush ([a-z]+)/g)) {
    if (!subcommands.includes(name)) problems.push(`${path}: sagebrush has no command ${name}`)
  }
  for (const [, file] of text.matchAll(/\bnode ((?:scripts|bench|packages)\/[\w./-]+)/g)) {
    if (!existsSync(file)) problems.push(`${path}: no file ${file}`)
  }
}

function listSubcommands() {
  const { stdout } = spawnSync('node', ['packages/cli/bin/sagebrush.js', '--help'], { encoding: 'utf8' })
  return [...stdout.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name)
}

function checkTypeScript(paths) {
  const folder = 'packages/cli/dist-docs'
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  try {
    const blocks = paths.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code),
    )
    for (const [index, code] of blocks.entries()) writeFileSync(join(folder, `block-${index}.ts`), code)
    if (!blocks.length) return
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../../tsconfig.base.json',
        compilerOptions: { composite: false, noEmit: true },
        include: ['.', '../../../examples/**/*.ts'],
      }),
    )
    const { status, stdout } = spawnSync('npx', ['tsc', '-p', folder], { encoding: 'utf8' })
    if (status !== 0) problems.push(`TypeScript in the documents:\n${stdout}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
