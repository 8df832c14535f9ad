import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, median, root, say, scratchDirectory, startServer, tensorflow } from './predict-process.mjs'

/**
 * Latency of one 224 × 224 × 3 image over HTTP, as JSON floats of 17 digits and as JPEG in base64, against the pure
 * run of the same signature on a tensor that is there: `node bench/predict-images.mjs [rounds]`.
 */
const rounds = Number(process.argv[2] ?? 5)
const scratch = scratchDirectory()
const { python, libraryPath } = await tensorflow()
execFileSync(python, [join(root, 'bench/predict-image-model.py'), scratch], { stdio: 'ignore' })
const server = await startServer(scratch, libraryPath)
const engine = await loadEngine()
try {
  for (const one of cases()) await measure(one)
} finally {
  await server.stop()
  rmSync(scratch, { recursive: true })
}
process.exit(0)

function cases() {
  const jpeg = readFileSync(join(scratch, 'image.jpeg'))
  const pixels = Float32Array.from({ length: 224 * 224 * 3 }, (_, index) => ((index * 31) % 256) / 255)
  const numbers = [...pixels].map((value) => Math.round(value * 255) / 255)
  const rows = Array.from({ length: 224 }, (_, y) =>
    Array.from({ length: 224 }, (_, x) => numbers.slice((y * 224 + x) * 3, (y * 224 + x) * 3 + 3)),
  )
  const image = { dtype: 'float32', shape: [1, 224, 224, 3], data: new Uint8Array(pixels.buffer) }
  return [
    {
      name: 'JSON floats',
      body: { instances: [rows] },
      signature: 'serving_default',
      inputs: new Map([['images', image]]),
    },
    {
      name: 'JPEG in base64',
      body: { signature_name: 'jpeg', instances: [{ b64: jpeg.toString('base64') }] },
      signature: 'jpeg',
      inputs: new Map([['image_bytes', { dtype: 'string', shape: [1], data: [jpeg] }]]),
    },
  ]
}

async function loadEngine() {
  const door = join(root, 'packages/model-server/dist/tensorflow/saved-model-loader.js')
  const { savedModelLoader } = await import(door)
  const options = { libraryPath, runTimeoutMillis: 30_000, intraOpThreads: 0, interOpThreads: 0 }
  return savedModelLoader({ model: 'image', version: 1 }, join(scratch, 'image/1'), options).load()
}

async function measure({ name, body, signature, inputs }) {
  const file = join(scratch, 'body.json')
  writeFileSync(file, JSON.stringify(body))
  const ratios = []
  const [overHttp, pure] = [[], []]
  await engineMillis(signature, inputs)
  for (let round = 0; round < rounds; round++) {
    const { p50, failed } = load(server, '/v1/models/image:predict', file, { connections: 1, seconds: 2 })
    if (failed > 0) throw new Error(`${failed} requests failed`)
    overHttp.push(p50)
    pure.push(await engineMillis(signature, inputs))
    ratios.push(overHttp.at(-1) / pure.at(-1))
  }
  const figures = `${median(overHttp).toFixed(1)} ms against ${median(pure).toFixed(1)} ms`
  say(name, `${median(ratios).toFixed(2)} × the pure run (${figures})`)
}

async function engineMillis(signature, inputs) {
  const times = []
  const end = performance.now() + 2000
  while (performance.now() < end) {
    const started = performance.now()
    await engine.run(signature, inputs)
    times.push(performance.now() - started)
  }
  return median(times)
}
