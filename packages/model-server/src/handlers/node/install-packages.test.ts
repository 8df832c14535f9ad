import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNodeCode } from '../../testing/node-code.ts'
import { type PackageRegistry, startPackageRegistry } from '../../testing/package-registry.ts'
import type { PrepareNode } from '../start-user-code.ts'
import { installPackages } from './install-packages.ts'

let registry: PackageRegistry
let directory: string
beforeAll(async () => {
  registry = await startPackageRegistry({ doubled: 'module.exports = (text) => text + text' })
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-packages-'))
})
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

function preparing(log: (line: string) => void = () => undefined): PrepareNode {
  const npm = { npm_config_registry: registry.url, npm_config_cache: join(directory, 'npm') }
  const variables = { PATH: process.env.PATH, HOME: directory, ...npm }
  const cacheDirectory = join(directory, 'cache')
  return async (codeDirectory, signal) => ({
    packages: await installPackages({ codeDirectory, cacheDirectory, variables, log, signal }),
    variables,
  })
}

const wants = (dependencies: object, more: object = {}): string => JSON.stringify({ dependencies, ...more })

const script = `import doubled from 'doubled'
export const handler = (data) => [doubled(data.text()), 'text/plain']`

test('what package.json asks for is installed once, with progress, and found', async () => {
  const lines: string[] = []
  // Its own scripts are not run: they would miss the files around them.
  const files = {
    'inference.mjs': script,
    'package.json': wants({ doubled: '^1.0.0' }, { scripts: { prepare: 'exit 1' } }),
  }
  const options = { prepareNode: preparing((line) => lines.push(line)) }
  for (const round of [1, 2]) {
    await using code = await startNodeCode(files, options)
    expect(await code.ask(`${round}`)).toMatchObject({ status: 200, text: `${round}${round}` })
    expect(readdirSync(join(code.directory, 'code')).sort()).toEqual(Object.keys(files).sort())
  }
  expect(lines.filter((line) => line === 'Installing the packages of code/package.json')).toHaveLength(1)
  expect(lines.join('\n')).toMatch(/added 1 package/)
  expect(registry.asked.filter((path) => path.endsWith('.tgz'))).toHaveLength(1)
  expect(readdirSync(join(directory, 'cache', 'node'))).toHaveLength(1)
})

test('packages beside the script are installed with what they depend on, for require as well', async () => {
  const files = {
    'inference.js': `const four = require('four')
exports.handler = (data) => [four(data.text()), 'text/plain']`,
    'package.json': wants({ four: 'file:packages/four' }),
    'packages/four/package.json': JSON.stringify({
      name: 'four',
      version: '1.0.0',
      dependencies: { doubled: '1' },
    }),
    'packages/four/index.js': `const doubled = require('doubled')
module.exports = (text) => doubled(doubled(text))`,
  }
  await using code = await startNodeCode(files, { prepareNode: preparing() })
  expect((await code.ask('a')).text).toBe('aaaa')
})

test.each([
  [
    'a package that nobody has',
    wants({ 'no-such-package': '1' }),
    /^npm cannot install code\/package\.json: code E404; .*no-such-package/,
  ],
  [
    'a version that nobody has',
    wants({ doubled: '^2.0.0' }),
    /^npm cannot install code\/package\.json: code ETARGET; .*doubled@\^2\.0\.0/,
  ],
  ['no JSON', '{', /^code\/package\.json cannot be read: /],
])('a package.json that asks for %s fails with the reason', async (_case, text, message) => {
  const code = mkdtempSync(join(directory, 'code-'))
  writeFileSync(join(code, 'package.json'), text)
  await expect(preparing()(code, new AbortController().signal)).rejects.toThrow(message)
  expect(readdirSync(join(directory, 'cache', 'node')).filter((name) => name.includes('.'))).toEqual([])
})

test.each([
  ['asks for nothing', '{"type": "module", "devDependencies": {"vitest": "4"}}'],
  ['is not there', undefined],
])('nothing is installed where package.json %s', async (_case, text) => {
  const code = mkdtempSync(join(directory, 'code-'))
  if (text !== undefined) writeFileSync(join(code, 'package.json'), text)
  const signal = new AbortController().signal
  expect(await preparing()(code, signal)).toMatchObject({ packages: undefined })
})
