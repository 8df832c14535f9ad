import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { invoke } from '../../testing/invoke.ts'
import { startPlainCodeServer } from '../../testing/plain-code-server.ts'
import { buildModels, type TestModels } from '../../testing/tensorflow.ts'
import { pythonPreparer } from './prepare-python.ts'

const program = fileURLToPath(new URL('../../../bin/sagebrush-model-server.js', import.meta.url))
const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sagebrush')

let models: TestModels
let scratch: string
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'sagebrush-examples-'))
  models = await buildModels('half_plus_two')
})
afterAll(async () => {
  await models[Symbol.asyncDispose]()
  rmSync(scratch, { recursive: true })
})

/** On the Python that an endpoint's handlers have; the model is the one without TensorFlow. */
const start = (files: Readonly<Record<string, string>>) => {
  const lines: string[] = []
  const preparePython = pythonPreparer({
    ...{ cacheDirectory, tensorflow: '2.21.0', python: undefined, variables: process.env },
    workDirectory: async () => scratch,
    log: (line) => lines.push(line),
  })
  return startPlainCodeServer({ files, preparePython })
}

/** What AWS's published examples have in common: JSON as it is, one row of CSV, errors raised. Seeds 000 and 003. */
const common = `
import json
import requests

def process_input(data, context):
    if context.request_content_type == 'application/json':
        d = data.read().decode('utf-8')
        return d if len(d) else ''
    if context.request_content_type == 'text/csv':
        return json.dumps({'instances': [float(x) for x in data.read().decode('utf-8').split(',')]})
    raise ValueError('{{"error": "unsupported content type {}"}}'.format(context.request_content_type or 'unknown'))

def process_output(response, context):
    assert isinstance(response, requests.Response), type(response)
    if response.status_code != 200:
        raise ValueError(response.content.decode('utf-8'))
    return response.content, context.accept_header
`
const pair = `${common}
def input_handler(data, context):
    return process_input(data, context)

def output_handler(response, context):
    return process_output(response, context)
`
const lone = `${common}
def handler(data, context):
    return process_output(requests.post(context.rest_uri, data=process_input(data, context)), context)
`
const isPillowThere = 'import importlib.util\nis_there = importlib.util.find_spec("PIL") is not None\n'
const dummy = { 'lib/dummy_module/__init__.py': '__version__ = "0.1"\n' }

describe("AWS's published example handlers", () => {
  test.each([
    ['test1: input_handler and output_handler', { 'inference.py': pair }],
    ['test2: handler, with a call of its own', { 'inference.py': lone }],
    [
      'test3: requirements.txt',
      { 'inference.py': `import PIL\n${lone}`, 'requirements.txt': 'Pillow>=6.2.2\ntabulate==0.9.0\n' },
    ],
    [
      'test4: code/lib, and nothing that was not brought',
      {
        'inference.py': `import dummy_module\n${isPillowThere}assert dummy_module.__version__ == "0.1" and not is_there\n${lone}`,
        ...dummy,
      },
    ],
    [
      'test5: code/lib goes before requirements.txt',
      {
        'inference.py': `try:\n    import PIL\n    raise Exception("pillow")\nexcept ImportError:\n    pass\nimport dummy_module\n${lone}`,
        'requirements.txt': 'Pillow>=6.2.2\n',
        ...dummy,
      },
    ],
  ])('%s', async (_name, files) => {
    await using server = await start(files)
    const json = await invoke(server, '{"instances": [1.0, 2.0, 5.0]}', { accept: 'application/json' })
    expect([json.status, json.type, JSON.parse(json.text)]).toEqual([
      ...[200, 'application/json'],
      { predictions: [2.5, 3, 4.5] },
    ])
    const csv = await invoke(server, '1.0,2.0,5.0', { type: 'text/csv' })
    expect(JSON.parse(csv.text)).toEqual({ predictions: [2.5, 3, 4.5] })
    const image = await invoke(server, 'x', { type: 'application/x-image' })
    expect(image).toMatchObject({ status: 500, text: expect.stringContaining('unsupported content type') })
    const empty = await invoke(server, '')
    expect(empty).toMatchObject({ status: 500, text: expect.stringContaining('document is empty') })
  })
})

function modelWith(name: string, files: Readonly<Record<string, string>>): string {
  const directory = join(scratch, name)
  cpSync(join(models.directory, 'half_plus_two'), join(directory, 'half_plus_two'), { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, 'code', file)), { recursive: true })
    writeFileSync(join(directory, 'code', file), text)
  }
  return directory
}

function spawnServer(directory: string) {
  const flags = ['--port', '0', '--libtensorflow', models.libraryPath, '--tensorflow_version', '2.21.0']
  const child = spawn(process.execPath, [program, 'serve', '--model_dir', directory, ...flags])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exited = once(child, 'close')
  return { child, exited, output: () => output }
}

const overGrpc = `
import json
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
from tensorflow.core.framework import tensor_pb2, types_pb2

def handler(data, context):
    values = json.loads(data.read())
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "half_plus_two"
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=values)
    tensor.tensor_shape.dim.add(size=len(values))
    request.inputs["x"].CopyFrom(tensor)
    stub = prediction_service_pb2_grpc.PredictionServiceStub(context.channel)
    answer = stub.Predict(request, 10.0)
    print("asked over gRPC at", context.grpc_port)
    return json.dumps(list(answer.outputs["y"].float_val)), "application/json"
`

describe('sagebrush-model-server serve', () => {
  test('has a handler reach a real model over gRPC, its output in the log, and leaves no process', async () => {
    const { child, exited, output } = spawnServer(modelWith('grpc', { 'inference.py': overGrpc }))
    const url = await vi.waitFor(
      async () => {
        const [, address] = /listening on (\S+)\n/.exec(output()) ?? []
        expect((await fetch(`http://${address}/ping`)).status).toBe(200)
        return `http://${address}`
      },
      { timeout: 100_000, interval: 100 },
    )
    expect(await invoke({ url }, '[1.0, 2.0, 5.0]')).toMatchObject({ status: 200, text: '[2.5, 3.0, 4.5]' })
    expect(output()).toMatch(/asked over gRPC at \d+\n/)
    const workers = () =>
      execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)])
        .toString()
        .trim()
    expect(workers()).toMatch(/^\d+$/)
    child.kill('SIGTERM')
    expect((await exited)[0]).toBe(0)
  })

  test("ends with pip's own reason when requirements.txt cannot be installed", async () => {
    const files = { 'inference.py': lone, 'requirements.txt': 'tabulate==0.0.0.0\n' }
    const { exited, output } = spawnServer(modelWith('requirements', files))
    expect((await exited)[0]).toBe(1)
    expect(output()).toMatch(
      /^sagebrush-model-server: error: code\/requirements\.txt cannot be installed: ERROR: .*tabulate==0\.0\.0\.0/m,
    )
  })
})
