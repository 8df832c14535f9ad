import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grpcCase } from '../testing/fuzz/grpc-cases.ts'
import { GrpcClient } from '../testing/fuzz/grpc-client.ts'
import { http2Case } from '../testing/fuzz/http2-cases.ts'
import { residentMebibytes, spread } from '../testing/fuzz/measured-process.ts'
import { randomFrom } from '../testing/fuzz/random.ts'
import { sendAll } from '../testing/fuzz/raw-client.ts'
import { type RestSeeds, restCase } from '../testing/fuzz/rest-cases.ts'
import { RestClient } from '../testing/fuzz/rest-client.ts'
import { targetsOf } from '../testing/fuzz/targets.ts'
import { type ServingCommand, startServingCommand } from '../testing/serving-command.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'

/** `FUZZ_SEED` makes other requests, `FUZZ_REQUESTS` more or fewer of them, `FUZZ_MODELS` for other models. */
const seed = Number(process.env.FUZZ_SEED ?? 1)
const requests = Number(process.env.FUZZ_REQUESTS ?? 100_000)
const answerMillis = 60_000
/** A model may be asked to run for hours: then too an answer comes in time. */
const runMillis = 10_000
const grownLimitMebibytes = 120
const usual = ['half_plus_two', 'mnist', 'dtypes', 'vocabulary', 'image_decode', 'parse_example', 'attention']
const names = process.env.FUZZ_MODELS?.split(',') ?? usual

let models: TestModels
let bodies: readonly Buffer[]
beforeAll(async () => {
  models = await buildModels(...names)
  const answers = Object.values(models.expected).flat()
  const small = answers
    .map(({ request }) => Buffer.from(JSON.stringify(request)))
    .filter(({ length }) => length < 30_000)
  bodies = [...small, ...plainBodies.map((text) => Buffer.from(text))]
})
afterAll(() => models[Symbol.asyncDispose]())

const plainBodies = [
  '{"instances": [1.0, 2.0, 5.0]}',
  '{"instances": [[1.0]]}',
  '{"inputs": {"x": [1, 2]}, "signature_name": "serving_default"}',
  '{"signature_name": "float16", "inputs": [1, 1e-5, "NaN"]}',
  '{"signature_name": "string", "instances": [{"b64": "AAEC"}, "a"]}',
  '{"signature_name": "int64", "instances": [9223372036854775807, -1]}',
  '{"signature_name": "uint8", "instances": [[0, 255], [1, 2]]}',
  '{"examples": [{"x": 2.0}, {"x": [5.0]}]}',
  '{"signature_name": "regress_x_to_y", "context": {"x": 1}, "examples": [{"x": 2.0}]}',
  '{"instances": ["red", "blue", "a"]}',
  '1,2,3\n4,5,6\n',
  '[1.0]\n[2.0]\n{"instances": [1]}\n',
  "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\n\x00\x00\x80?",
  '{}',
  '',
]

interface Server extends AsyncDisposable {
  readonly command: ServingCommand
  readonly restUrl: string
  readonly grpcPort: number
  readonly seeds: RestSeeds
}

async function startServer(...flags: string[]): Promise<Server> {
  const file = join(models.directory, 'models.config')
  const configs = names.map(
    (name) =>
      `config { name: "${name}" base_path: "${join(models.directory, name)}" model_platform: "tensorflow" }`,
  )
  await writeFile(file, `model_config_list { ${configs.join(' ')} }`)
  // A crash is to be seen.
  const more = ['--restart_on_crash=false', `--rest_api_timeout_in_ms=${runMillis}`, ...flags]
  const command = startServingCommand(models.libraryPath, `--model_config_file=${file}`, ...more)
  const [restUrl, grpcPort] = await Promise.all([command.restUrl(), command.grpcPort()])
  const seeds = { models: names, targets: await targetsOf(restUrl, names), bodies }
  return { command, restUrl, grpcPort, seeds, [Symbol.asyncDispose]: () => command[Symbol.asyncDispose]() }
}

interface Fuzzing<Outcome> {
  readonly count: number
  readonly workers: number
  readonly ask: (worker: number, index: number) => Promise<Outcome>
}

const samples = 60

/** Counts what came, and how the memory grew. */
async function fuzz<Outcome extends number | string>(
  { command: { child, output } }: Server,
  { count, workers, ask }: Fuzzing<Outcome>,
) {
  const counts = new Map<Outcome, number>()
  const mebibytes: number[] = []
  await spread({ from: 0, to: count, workers }, async (worker, index) => {
    const outcome = await ask(worker, index).catch((cause: unknown) => {
      throw new Error(`request ${index} of seed ${seed}: ${cause}\n${output()}`, { cause })
    })
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `request ${index} of seed ${seed} ended the server with ${child.signalCode}:\n${output()}`,
      )
    }
    if (index % Math.floor(count / samples) === 0) mebibytes.push(residentMebibytes(child.pid ?? 0))
  })
  return { counts, grownMebibytes: growth(mebibytes) }
}

/**
 * The lowest of the last third over that of the third before, because memory swings with the garbage of several
 * threads. It counts only where it came steadily: the largest request so far lifts the level once, and TensorFlow keeps
 * what it needed for it.
 */
function growth(mebibytes: readonly number[]): number {
  const [middle, last] = [mebibytes.slice(samples / 3, (samples * 2) / 3), mebibytes.slice((samples * 2) / 3)]
  const steps = mebibytes.slice(1).map((one, index) => one - (mebibytes[index] ?? 0))
  const usualStep = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0
  return Math.min(Math.min(...last) - Math.min(...middle), usualStep * samples)
}

/** The server is as good as new: the answer to a request that is right. */
async function answersWell({ restUrl }: Server): Promise<void> {
  const answer = await fetch(`${restUrl}/v1/models/half_plus_two:predict`, {
    method: 'POST',
    body: '{"instances": [1.0, 2.0, 5.0]}',
  })
  expect(await answer.json()).toEqual({ predictions: [2.5, 3, 4.5] })
}

describe.each([
  ['each by itself', 0.8, []],
  ['in batches', 0.2, ['--enable_batching']],
] as const)('damaged requests, %s', (_situation, share, flags) => {
  test('over HTTP: each is answered, none ends the server, and memory stays', async () => {
    await using server = await startServer(...flags)
    const clients = Array.from(
      { length: 16 },
      () => new RestClient(Number(new URL(server.restUrl).port), answerMillis),
    )
    const ask = (worker: number, index: number) =>
      clients[worker]?.ask(restCase(randomFrom(seed * 1_000_003 + index), server.seeds)) ?? Promise.reject()
    const count = requests * share * 0.6
    const { counts, grownMebibytes } = await fuzz(server, {
      count,
      workers: clients.length,
      ask,
    })
    for (const client of clients) client.close()
    for (const status of [200, 400, 404]) expect(counts.get(status)).toBeGreaterThan(count / 100)
    for (const mistake of [500, 'no answer'] as const) expect(counts.get(mistake)).toBe(undefined)
    expect(grownMebibytes).toBeLessThan(grownLimitMebibytes)
    await answersWell(server)
  })

  test('over gRPC: each is answered, none ends the server, and memory stays', async () => {
    await using server = await startServer(...flags)
    const clients = Array.from({ length: 4 }, () => new GrpcClient(server.grpcPort, answerMillis))
    const ask = (worker: number, index: number) => {
      const { path, body } = grpcCase(randomFrom(seed * 2_000_003 + index), server.seeds.targets)
      return clients[worker % clients.length]?.call(path, body) ?? Promise.reject()
    }
    const count = requests * share * 0.4
    const { counts, grownMebibytes } = await fuzz(server, { count, workers: 24, ask })
    for (const client of clients) client.close()
    for (const status of [0, 3, 5]) expect(counts.get(status)).toBeGreaterThan(count / 100)
    for (const mistake of ['internal error', 'reset'] as const) expect(counts.get(mistake)).toBe(undefined)
    expect(grownMebibytes).toBeLessThan(grownLimitMebibytes)
    await answersWell(server)
  })
})

test('damaged HTTP/2 connections end, none of them the server', async () => {
  await using server = await startServer()
  const ask = (_worker: number, index: number) =>
    sendAll(server.grpcPort, http2Case(randomFrom(seed * 3_000_017 + index)), answerMillis)
  const count = requests / 20
  const { counts, grownMebibytes } = await fuzz(server, { count, workers: 16, ask })
  expect(counts.get('closed')).toBe(count)
  await answersWell(server)
  expect(grownMebibytes).toBeLessThan(grownLimitMebibytes)
})
