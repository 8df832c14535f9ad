import { decodeBody } from '../packages/model-server/dist/formats/decode-body.js'

/**
 * Instances a second that each content type of `/invocations` is decoded into tensors, against TensorFlow Serving's
 * JSON of the same numbers: `node bench/formats.mjs [seconds]`. Each ratio is the median of rounds in which both were
 * measured one after the other, in one process and without HTTP.
 */
const seconds = Number(process.argv[2] ?? 0.5)
const rounds = 5
const signatures = new Map([['serving_default', signature('x')]])

for (const [rows, columns, digits] of [
  [1, 784, 6],
  [1000, 50, 6],
  [10_000, 4, 2],
  [10_000, 1, 4],
  [50, 784, 17],
]) {
  const numbers = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => Number(Math.random().toPrecision(digits))),
  )
  const baseline = { format: 'json', body: Buffer.from(JSON.stringify({ instances: numbers })) }
  console.log(`${rows} × ${columns}, ${digits} digits`)
  for (const [name, request] of Object.entries(others(numbers))) compare(name, request, baseline, rows)
}
compareObjects()

function others(numbers) {
  const lines = numbers.map((row) => JSON.stringify(row))
  return {
    csv: { format: 'csv', body: Buffer.from(numbers.join('\n')) },
    'json lines': { format: 'json-lines', body: Buffer.from(lines.join('\n')) },
    'simplified json': { format: 'container-json', body: Buffer.from(JSON.stringify(numbers)) },
    'npy float64': { format: 'npy', body: npy(numbers) },
  }
}

/** Named inputs, which no scanner reads. */
function compareObjects() {
  const rows = 1000
  const values = Array.from({ length: rows }, () => ({
    x: Array.from({ length: 50 }, () => Math.fround(Math.random())),
  }))
  const lines = values.map((value) => JSON.stringify(value)).join('\n')
  const baseline = { format: 'json', body: Buffer.from(JSON.stringify({ instances: values })) }
  console.log(`${rows} × {"x": 50}`)
  compare('json lines', { format: 'json-lines', body: Buffer.from(lines) }, baseline, rows)
}

function compare(name, request, baseline, instances) {
  for (const one of [request, baseline]) rate(one, 0.1)
  const pairs = Array.from({ length: rounds }, () => [rate(request, seconds), rate(baseline, seconds)])
  const ratio = median(pairs.map(([one, other]) => one / other))
  const perSecond = median(pairs.map(([one]) => one)) * instances
  console.log(`  ${name.padEnd(18)} ${ratio.toFixed(2)} × JSON (${Math.round(perSecond)} instances/s)`)
}

function rate(request, limitSeconds) {
  const started = performance.now()
  let count = 0
  let elapsed = 0
  do {
    decodeBody(request, signatures)
    count++
    elapsed = (performance.now() - started) / 1000
  } while (elapsed < limitSeconds)
  return count / elapsed
}

function signature(alias) {
  const info = { node: `${alias}:0`, typeCode: 1, dtype: 'float32', shape: 'unknown-rank' }
  return { method: '', inputs: new Map([[alias, info]]), outputs: new Map(), enforceShapes: false }
}

function npy(numbers) {
  const header =
    `{'descr': '<f8', 'fortran_order': False, 'shape': (${numbers.length}, ${numbers[0].length}), }`.padEnd(
      117,
    )
  const data = Float64Array.from(numbers.flat())
  const start = Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1')
  return Buffer.concat([start, Buffer.from(`${header}\n`), Buffer.from(data.buffer)])
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
