import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  listening,
  load,
  median,
  residentMegabytes,
  root,
  say,
  scratchDirectory,
  startServer,
  tensorflow,
} from './predict-process.mjs'

/**
 * Memory of a server beyond Node with libtensorflow in it, for one small model and per further one, each after some
 * requests; and how long a small model takes from its first byte read to its first answer, in a process that is up:
 * `node bench/predict-memory.mjs`.
 */
const further = 20
const dist = join(root, 'packages/model-server/dist')
if (process.argv[2] === 'library') await holdLibrary(process.argv[3])
else await main()

async function main() {
  const scratch = scratchDirectory()
  const { python, libraryPath } = await tensorflow()
  const [one, many] = [join(scratch, 'one'), join(scratch, 'many')]
  const maker = join(root, 'packages/model-server/src/testing/make-models.py')
  execFileSync(python, [maker, one, 'half_plus_two'], { stdio: 'ignore' })
  for (let copy = 0; copy <= further; copy++)
    cpSync(join(one, 'half_plus_two'), join(many, `copy_${copy}`), { recursive: true })
  try {
    const alone = await residentOf(await listening([process.argv[1], 'library', libraryPath]))
    const single = await afterRequests(one, ['half_plus_two'], libraryPath, scratch)
    const all = Array.from({ length: further + 1 }, (_, copy) => `copy_${copy}`)
    const several = await afterRequests(many, all, libraryPath, scratch)
    say('Node with libtensorflow', `${alone.toFixed(0)} MB`)
    say('one small model beyond that', `${(single - alone).toFixed(0)} MB`)
    say('per further one', `${((several - single) / further).toFixed(1)} MB`)
    say('load to first answer', `${(await loadMillis(many, libraryPath)).toFixed(0)} ms`)
  } finally {
    rmSync(scratch, { recursive: true })
  }
  process.exit(0)
}

async function holdLibrary(path) {
  const { openLibrary } = await import(join(dist, 'tensorflow/library.js'))
  openLibrary(path).TF_Version()
  setInterval(() => undefined, 1000)
  console.log('library: at 127.0.0.1:0')
}

async function residentOf(server) {
  const megabytes = residentMegabytes(server.pid)
  await server.stop()
  return megabytes
}

async function afterRequests(directory, models, libraryPath, scratch) {
  const server = await startServer(directory, libraryPath)
  const file = join(scratch, 'body.json')
  writeFileSync(file, '{"instances": [1, 2, 5]}')
  const seconds = models.length === 1 ? 2 : 0.1
  for (const model of models) load(server, `/v1/models/${model}:predict`, file, { connections: 8, seconds })
  return residentOf(server)
}

/** The first model brings the library up. */
async function loadMillis(directory, libraryPath) {
  const { savedModelLoader } = await import(join(dist, 'tensorflow/saved-model-loader.js'))
  const { answerDocument } = await import(join(dist, 'documents.js'))
  const options = { libraryPath, runTimeoutMillis: 30_000, intraOpThreads: 0, interOpThreads: 0 }
  const body = readFileSync(join(directory, '../body.json'))
  const times = []
  for (let copy = 0; copy < 8; copy++) {
    const model = `copy_${copy}`
    const started = performance.now()
    const loader = savedModelLoader({ model, version: 1 }, join(directory, model, '1'), options)
    await answerDocument(await loader.load(), { method: 'predict', format: 'json', body })
    if (copy > 0) times.push(performance.now() - started)
  }
  return median(times)
}
