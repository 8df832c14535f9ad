import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { modelServerConfigSchema } from '../configuration/model-server-config.ts'
import { parseTextProto } from '../configuration/text-proto.ts'
import { writeWire } from '../configuration/wire.ts'
import { writeTensor } from '../formats/tensor-proto/encode.ts'
import { WireWriter } from '../formats/tensor-proto/wire-writer.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'

const requestsWanted = 100_000
const program = fileURLToPath(new URL('../../bin/sagebrush-model-server.js', import.meta.url))
let models: TestModels
let root: string
let child: ChildProcess
let rest: { readonly port: number; readonly host: string }
let grpcAddress: string

beforeAll(async () => {
  models = await buildModels('half_plus_two')
  root = await mkdtemp(join(tmpdir(), 'under-load-'))
  await version(1)
  const flags = ['--host=127.0.0.1', '--port=any', '--rest_api_port=any', '--model_name=m']
  const args = [program, `--libtensorflow=${models.libraryPath}`, `--model_base_path=${root}`, ...flags]
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await vi.waitFor(
    () => {
      const [, grpc, host, port] = /ModelServer at (\S+) [\s\S]*API at:(.+):(\d+) /.exec(output) ?? []
      if (grpc === undefined || host === undefined) throw new Error(output)
      grpcAddress = grpc
      rest = { host, port: Number(port) }
    },
    { timeout: 60_000, interval: 20 },
  )
}, 300_000)
afterAll(async () => {
  child.kill('SIGKILL')
  await once(child, 'exit')
  await rm(root, { recursive: true })
  await models[Symbol.asyncDispose]()
})

const version = (number: number): Promise<void> =>
  cp(join(models.directory, 'half_plus_two', '1'), join(root, String(number)), { recursive: true })

/** What came back, and how often; anything but the right answers fails the test. */
class Tally {
  readonly counts = new Map<string, number>()
  isOver = false

  note(answer: string): void {
    this.counts.set(answer, (this.counts.get(answer) ?? 0) + 1)
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }
}

/** One kept-alive connection that asks as soon as it is answered, without the cost of a whole HTTP client. */
async function restClient(path: string, tally: Tally): Promise<void> {
  const body = '{"instances": [1.0, 2.0, 5.0]}'
  const head = `POST /v1/models/m${path}:predict HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n`
  const socket = connect(rest)
  await once(socket, 'connect')
  while (!tally.isOver) {
    socket.write(head + body)
    tally.note(await answerOf(socket))
  }
  socket.destroy()
}

function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const settle = (answer: string): void => {
      socket.off('data', take).off('close', closed)
      resolve(answer)
    }
    const closed = (): void => settle('REST: the connection was closed')
    const take = (bytes: Buffer): void => {
      text += bytes.toString('latin1')
      const [head, length] = /^HTTP[\s\S]*?content-length: (\d+)[\s\S]*?\r\n\r\n/i.exec(text) ?? []
      if (head === undefined || text.length < head.length + Number(length)) return
      settle(`REST ${text.slice(9, 12)} ${text.slice(head.length).replace(/\s/g, '')}`)
    }
    socket.on('data', take).on('close', closed)
  })
}

const same = (bytes: Buffer): Buffer => bytes

function unary(client: Client, path: string, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, body, (error, answer) =>
      error ? reject(error) : resolve(answer ?? Buffer.alloc(0)),
    )
  })
}

/** Calls with so many streams at once on a connection. */
async function grpcClient(label: string | undefined, streams: number, tally: Tally): Promise<void> {
  const body = predictRequest(label)
  const name = `load-${label}-${streams}`
  const client = new Client(grpcAddress, credentials.createInsecure(), { 'grpc.primary_user_agent': name })
  const stream = async (): Promise<void> => {
    while (!tally.isOver) {
      const path = '/tensorflow.serving.PredictionService/Predict'
      const answer = await unary(client, path, body).catch((error: Error) => error)
      const isRight = Buffer.isBuffer(answer) && answer.includes(halfPlusTwo)
      tally.note(isRight ? 'gRPC OK' : `gRPC: ${answer}`)
    }
  }
  await Promise.all(Array.from({ length: streams }, stream))
  client.close()
}

const halfPlusTwo = Buffer.from(Float32Array.of(2.5, 3, 4.5).buffer)

function predictRequest(label: string | undefined): Buffer {
  const data = new Uint8Array(Float32Array.of(1, 2, 5).buffer)
  const writer = new WireWriter()
  writer.message(1, () => {
    writer.textField(1, 'm')
    if (label !== undefined) writer.textField(4, label)
  })
  writer.message(2, () => {
    writer.textField(1, 'x')
    writeTensor(writer, 2, { dtype: 'float32', shape: [3], data }, 'content')
  })
  return writer.finish()
}

async function reload(client: Client, versions: readonly number[], stable: number): Promise<void> {
  const wanted = versions.map((number) => `versions: ${number}`).join(' ')
  const policy = `model_version_policy { specific { ${wanted} } }`
  const label = `version_labels { key: "stable" value: ${stable} }`
  const text = `model_config_list { config { name: "m" base_path: "${root}" model_platform: "tensorflow" ${policy} ${label} } }`
  const writer = new WireWriter()
  writer.bytesField(1, writeWire(modelServerConfigSchema, parseTextProto(modelServerConfigSchema, text)))
  await unary(client, '/tensorflow.serving.ModelService/HandleReloadConfigRequest', writer.finish())
}

async function becomes(expected: Readonly<Record<string, string>>): Promise<void> {
  await vi.waitFor(
    async () => {
      const response = await fetch(`http://${rest.host}:${rest.port}/v1/models/m`)
      const answer = (await response.json()) as { model_version_status: { version: string; state: string }[] }
      const states = answer.model_version_status.map(({ version: number, state }) => [number, state])
      expect(Object.fromEntries(states)).toMatchObject(expected)
    },
    { timeout: 60_000, interval: 10 },
  )
}

test('no request of 100,000 fails while versions, labels and configurations change', async () => {
  const operator = new Client(grpcAddress, credentials.createInsecure())
  await reload(operator, [1], 1)
  const tally = new Tally()
  const clients = [
    ...['', '', '', '/labels/stable', '/labels/stable'].map((path) => restClient(path, tally)),
    ...[undefined, 'stable'].map((label) => grpcClient(label, 12, tally)),
  ]
  let current = 1
  const rightAnswers = ['REST 200 {"predictions":[2.5,3.0,4.5]}', 'gRPC OK']
  const fewest = () => Math.min(...rightAnswers.map((answer) => tally.counts.get(answer) ?? 0))
  // The new version beside the old one, the label over to it, and the old one away.
  while (tally.total < requestsWanted || fewest() < requestsWanted / 10 || current < 12) {
    const next = current + 1
    await version(next)
    await reload(operator, [current, next], current)
    await becomes({ [next]: 'AVAILABLE' })
    await reload(operator, [current, next], next)
    await reload(operator, [next], next)
    await becomes({ [current]: 'END' })
    current = next
  }
  tally.isOver = true
  await Promise.all(clients)
  operator.close()
  expect([...tally.counts.keys()].sort()).toEqual(rightAnswers)
}, 600_000)
