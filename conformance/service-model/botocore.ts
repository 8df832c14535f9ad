import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { ServiceModel } from './model.ts'

/** Its data files are the service models that AWS's own clients are made from. */
export const botocoreVersion = '1.44.5'

const cache = fileURLToPath(new URL(`../../node_modules/.cache/botocore-${botocoreVersion}`, import.meta.url))

/** AWS's model of a service, by botocore's name for it: `sagemaker-runtime`. Installs botocore at the first use. */
export async function serviceModel(service: string): Promise<ServiceModel> {
  const folder = join(await botocore(), 'botocore', 'data', service)
  const versions = (await readdir(folder)).sort()
  const bytes = await readFile(join(folder, versions.at(-1) ?? '', 'service-2.json.gz'))
  return JSON.parse((await promisify(gunzip)(bytes)).toString())
}

let installing: Promise<string> | undefined
function botocore(): Promise<string> {
  installing ??= existsSync(cache) ? Promise.resolve(cache) : install()
  return installing
}

/** Whole or not at all: the folder gets its name when everything lies in it. */
async function install(): Promise<string> {
  await mkdir(dirname(cache), { recursive: true })
  const fresh = await mkdtemp(`${cache}-`)
  try {
    const what = ['--quiet', '--no-deps', '--target', fresh, `botocore==${botocoreVersion}`]
    await promisify(execFile)('python3', ['-m', 'pip', 'install', ...what])
    await rename(fresh, cache)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (!existsSync(cache)) throw error
  }
  return cache
}
