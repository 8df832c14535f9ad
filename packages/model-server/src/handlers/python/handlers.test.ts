import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { invoke } from '../../testing/invoke.ts'
import { type PlainCodeServer, startPlainCodeServer } from '../../testing/plain-code-server.ts'

/** Does what the request's body, a Python program, says. `handler` is its variable `result`. */
const obedient = `
import helper, json, urllib.request

class Refused(Exception):
    http_status = 422

def handler(data, context):
    program = data.readline().decode()
    values = {"data": data, "context": context, "json": json, "urllib": urllib, "Refused": Refused}
    exec(program, values)
    return values["result"]
`
const pair = `
import json

def input_handler(data, context):
    body = data.read().decode()
    if context.request_content_type == "text/csv":
        body = json.dumps({"instances": [float(x) for x in body.split(",")]})
    return json.loads(body[1:]) if body.startswith("!") else body

def output_handler(response, context):
    facts = [response.status_code, response.ok, response.headers["Content-Type"], response.json()]
    assert response.content.decode() == response.text
    return json.dumps(facts), context.accept_header
`
const files = { 'inference.py': obedient, 'helper.py': '', 'lib/falcon/__init__.py': falcon() }

/** As much of falcon as an error of it has. */
function falcon(): string {
  return 'class HTTPBadRequest(Exception):\n    status, title, description = "400 Bad Request", "400 Bad Request", "no"\n'
}

let server: PlainCodeServer
let newer: PlainCodeServer
let strict: PlainCodeServer
let around: PlainCodeServer
let newerAround: PlainCodeServer
beforeAll(async () => {
  const pairs = { 'inference.py': pair }
  const all = [
    { files },
    { files, level: '2.20' as const },
    { files, isStrict: true },
    { files: pairs },
    { files: pairs, level: '2.20' as const },
  ]
  const [one, two, three, four, five] = await Promise.all(all.map(startPlainCodeServer))
  if (!one || !two || !three || !four || !five) throw new Error('a server is missing')
  server = one
  newer = two
  strict = three
  around = four
  newerAround = five
})
afterAll(async () => {
  for (const one of [server, newer, strict, around, newerAround]) await one[Symbol.asyncDispose]()
})

describe('handler', () => {
  test.each([
    ['text', '"é", "text/plain"', 'é', 'text/plain'],
    ['bytes', 'b"b", "a/b; c=d"', 'b', 'a/b; c=d'],
    ['a byte array', 'bytearray(b"b"), "a/b"', 'b', 'a/b'],
    ['no body', 'None, "a/b"', '', 'a/b'],
    ['no type', '"x", None', 'x', 'application/json'],
    ['a list', '["x", "a/b"]', 'x', 'a/b'],
  ])('answers with %s', async (_situation, result, text, type) => {
    expect(await invoke(server, `result = ${result}`)).toEqual({ status: 200, text, type })
  })

  test.each([
    ['a lone value', 'result = 5', /^cannot unpack non-iterable int object/],
    ['three values', 'result = 1, 2, 3', /^too many values to unpack \(expected 2\)$/],
    [
      'a body that is no text',
      'result = {}, "a/b"',
      /^the body that a handler returns must be str or bytes, not dict$/,
    ],
    [
      'a type that no header can carry',
      'result = "x", "a\\nb"',
      /^the content type "a\\nb" cannot be a header$/,
    ],
    ['an error', 'raise ValueError("""{"error": "no"}""")', /^\{"error": "no"\}$/],
  ])('is told that it is wrong: %s', async (_situation, program, error) => {
    const { status, type, text } = await invoke(server, program)
    expect({ status, type }).toEqual({ status: 500, type: 'application/json' })
    expect(JSON.parse(text)).toEqual({ error: expect.stringMatching(error) })
  })

  test('sees who asks what, field by field', async () => {
    const attributes = 'tfs-model-name=other,tfs-model-version=1,tfs-method=classify,mine=1'
    const program = 'result = json.dumps([context._asdict(), len(context)], default=str), "application/json"'
    const { text } = await invoke(server, program, { accept: 'a/b', type: 'c/d; e=f', attributes })
    expect(JSON.parse(text)).toEqual([
      {
        model_name: 'other',
        model_version: '1',
        method: 'classify',
        rest_uri: `http://localhost:${server.ports.rest}/v1/models/other/versions/1:classify`,
        grpc_port: String(server.ports.grpc),
        channel: null,
        custom_attributes: attributes,
        request_content_type: 'c/d; e=f',
        accept_header: 'a/b',
        content_length: program.length,
      },
      10,
    ])
    expect(Object.keys(JSON.parse(text)[0])[5]).toBe('channel')
  })

  test('is not told a model that nobody named; from level 2.20 on, it is told a time', async () => {
    const program = 'result = json.dumps([context[:3], context.custom_attributes, context[10:]]), "a/b"'
    expect(JSON.parse((await invoke(server, program)).text)).toEqual([[null, null, null], null, []])
    expect(JSON.parse((await invoke(newer, program)).text)).toEqual([[null, null, null], null, [60]])
  })

  test('reads the body as a stream', async () => {
    const program =
      'result = json.dumps([data.read(1).decode(), [x.decode() for x in data], data.read().decode()]), "a/b"'
    const { text } = await invoke(server, `${program}\nab\ncd`)
    expect(JSON.parse(text)).toEqual(['a', ['b\n', 'cd'], ''])
  })

  test('may ask the model by itself', async () => {
    const call = 'urllib.request.urlopen(context.rest_uri, b"""{"instances": [2.0]}""")'
    const { text } = await invoke(server, `result = ${call}.read(), "a/b"`)
    expect(JSON.parse(text)).toEqual({ predictions: [3] })
  })

  test('may choose the status of an error, unless strict', async () => {
    const program = 'raise Refused("too young")'
    const text = '{"error": "too young"}'
    expect(await invoke(server, program)).toMatchObject({ status: 422, text })
    expect(await invoke(strict, program)).toMatchObject({ status: 500, text })
  })

  test("has falcon's errors answered as falcon does from level 2.20 on", async () => {
    const program = 'import falcon; raise falcon.HTTPBadRequest("why")'
    expect(await invoke(server, program)).toMatchObject({ status: 500, text: '{"error": "why"}' })
    const text = '{"title": "400 Bad Request", "description": "no"}'
    expect(await invoke(newer, program)).toMatchObject({ status: 400, text })
  })

  test('prints into the log, whole lines at a time', async () => {
    await invoke(server, 'print("one", "two"); result = "", "a/b"')
    expect(server.output()).toContain('one two\n')
  })
})

describe('input_handler and output_handler', () => {
  test('stand around the model', async () => {
    const answer = await invoke(around, '1.0,2.0,5.0', { type: 'text/csv', accept: 'a/b' })
    expect(answer).toMatchObject({ status: 200, type: 'a/b' })
    const predictions = [2.5, 3, 4.5]
    expect(JSON.parse(answer.text)).toEqual([200, true, 'application/json', { predictions }])
  })

  test.each([
    ['empty', '', /document is empty/],
    ['no JSON', '5,', /JSON Value: 5|JSON Parse error/],
    ['a dictionary, sent as a form', '!{"instances": [1]}', /JSON Parse error/],
  ])("hear of the model's errors at level 2.19 alone: %s", async (_situation, body, error) => {
    const old = await invoke(around, body)
    expect(old.status).toBe(200)
    expect(JSON.parse(old.text)).toEqual([
      400,
      false,
      'application/json',
      { error: expect.stringMatching(error) },
    ])
    const { status, text } = await invoke(newerAround, body)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toEqual({
      title: '400 Bad Request',
      description: expect.stringContaining('error'),
    })
  })

  test('answer many at once, each its own', async () => {
    const numbers = Array.from({ length: 200 }, (_none, index) => index)
    const answers = await Promise.all(
      numbers.map((number) => invoke(around, `${number}`, { type: 'text/csv' })),
    )
    const values = answers.map(({ text }) => JSON.parse(text)[3].predictions[0])
    expect(values).toEqual(numbers.map((number) => number / 2 + 2))
  })

  test('take a line of three million bytes', async () => {
    const numbers = Array.from({ length: 753_936 }, (_none, index) => index % 900)
    const { text } = await invoke(around, numbers.join(','), { type: 'text/csv' })
    expect(JSON.parse(text)[3].predictions).toHaveLength(numbers.length)
  })
})

describe("what is the Python service's own", () => {
  test.each([
    ['GET', 500, '{"title": "500 Internal Server Error"}', 200, '{}'],
    ['DELETE', 500, '{"title": "500 Internal Server Error"}', 500, '{"title": "500 Internal Server Error"}'],
    ['PUT', 405, '{"title": "405 Method Not Allowed"}', 405, '{"title": "405 Method Not Allowed"}'],
  ])('%s', async (method, status, text, newerStatus, newerText) => {
    expect(await invoke(server, '', { method })).toMatchObject({ status, text })
    expect(await invoke(newer, '', { method })).toMatchObject({ status: newerStatus, text: newerText })
  })

  test.each([
    ['tfs-model-name=a=b', 200, 500, '{"error": "invalid tfs-model-name"}'],
    ['tfs-model-version=x', 200, 200, '{"error": "invalid tfs-model-version"}'],
    ['tfs-method=metadata', 200, 200, '{"error": "invalid tfs-method"}'],
  ])('attributes: %s', async (attributes, status, strictStatus, refusal) => {
    const program = 'result = "", "a/b"'
    expect(await invoke(server, program, { attributes })).toMatchObject({ status })
    expect(await invoke(strict, program, { attributes })).toMatchObject({ status: strictStatus })
    expect(await invoke(newer, program, { attributes })).toMatchObject({ status: 400, text: refusal })
  })

  test('is ready when the model and the code are', async () => {
    expect((await fetch(`${server.url}/ping`)).status).toBe(200)
  })
})
