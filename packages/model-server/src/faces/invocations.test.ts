import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainLoader, signatureOf } from '../testing/plain-servable.ts'
import { type PlainServer, startPlainServer } from '../testing/plain-server.ts'

let server: PlainServer
let strict: PlainServer
let newer: PlainServer
beforeAll(async () => {
  const words = signatureOf({ words: { dtype: 'string' } }, { words: { dtype: 'string' } })
  server = await startPlainServer([plainLoader('half', 3, { words }), plainLoader('other', 1)])
  newer = await startPlainServer([plainLoader('half', 3)], { level: '2.20' })
  strict = await startPlainServer([plainLoader('half', 3)], { isStrict: true })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await strict[Symbol.asyncDispose]()
  await newer[Symbol.asyncDispose]()
})

interface Sent {
  readonly type?: string
  readonly accept?: string
  readonly attributes?: string
  readonly to?: PlainServer
}
async function invoke(body: string | undefined, { type, accept, attributes, to = server }: Sent = {}) {
  const headers = {
    ...(type !== undefined && { 'content-type': type }),
    ...(accept !== undefined && { accept }),
    ...(attributes !== undefined && { 'x-amzn-sagemaker-custom-attributes': attributes }),
  }
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const response = await fetch(`${to.url}/invocations`, {
    method: 'POST',
    headers,
    ...(bytes && { body: bytes }),
  })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
const json = 'application/json'

describe('/invocations', () => {
  test.each([
    ['{"instances": [1.0, 2.0, 5.0]}', { predictions: [2.5, 3, 4.5] }],
    ['[[1.0], [2.0]]', { predictions: [[2.5], [3]] }],
    ['[1, 2, 5]', { predictions: [[2.5, 3, 4.5]] }],
    ['{"x": [1, 2]}', { predictions: [[2.5, 3]] }],
    ['[1.0]\n[2.0]\n', { predictions: [[2.5], [3]] }],
    ['5', { predictions: [4.5] }],
    ['{"inputs": [1]}', { outputs: [2.5] }],
  ])('answers %j', async (body, value) => {
    const { status, text } = await invoke(body, { type: json })
    expect([status, JSON.parse(text)]).toEqual([200, value])
  })

  test.each([
    ['whatever', 'JSON Parse error: Invalid value. at offset: 14'],
    [undefined, 'JSON Parse error: Invalid value. at offset: 14'],
    ['{"junk":"data"}', "Failed to process element: 0 key: junk of 'instances' list."],
    ['{"instances":["]["]}', 'JSON Value: "][" Type: String is not of expected type: float'],
  ])('answers %j with 400', async (body, message) => {
    const { status, type, text } = await invoke(body, { type: json })
    expect([status, type]).toEqual([400, json])
    expect(JSON.parse(text).error).toContain(message)
  })

  test.each([
    [
      'text/csv',
      '1.0,2.0,5.0\n7,8,9',
      {
        predictions: [
          [2.5, 3, 4.5],
          [5.5, 6, 6.5],
        ],
      },
    ],
    ['text/csv', '1.0\r\n\r\n 2.0 \r\n', { predictions: [2.5, 3] }],
    ['text/csv; charset=utf-8', '\ufeff1,2', { predictions: [[2.5, 3]] }],
    ['application/jsonlines', '[1]\n[2]', { predictions: [[2.5], [3]] }],
    ['application/jsons', '{"x": [1]}\n{"x": [2]}\n', { predictions: [[2.5], [3]] }],
    ['application/jsonlines', '1\n2', { predictions: [2.5, 3] }],
    ['application/json', '[1][2]', { predictions: [[2.5], [3]] }],
    ['application/jsonlines', '{"instances":[1]}\n{"instances":[2,4]}', { predictions: [2.5, 3, 4] }],
    ['application/json', '{"instances":[1]}\n{"instances":[2]}', { predictions: [2.5] }],
  ])('reads %s %j', async (type, body, value) => {
    const { status, text } = await invoke(body, { type })
    expect([status, JSON.parse(text)]).toEqual([200, value])
  })

  test.each([
    ['ragged', '1,2\n3', 'Expecting tensor size: 2 but got: 1'],
    ['wider further down', '1,2\n3,4,5', 'Expecting tensor size: 2 but got: 3'],
    ['with an empty field', '1,', 'Type: String is not of expected type: float'],
    ['of mixed types', '1.0,hello', 'Type: String is not of expected type: float'],
    ['of a zero byte', '\u0000', 'Type: String is not of expected type: float'],
    ['without a body', '', "No values in 'instances' array"],
    ['of blanks', ' \n ', "No values in 'instances' array"],
    ['huge', '1'.repeat(900_000), 'Number too big to be stored in double.'],
  ])('refuses CSV %s with 400', async (_situation, body, message) => {
    const { status, text } = await invoke(body, { type: 'text/csv' })
    expect(status).toBe(400)
    expect(JSON.parse(text).error).toContain(message)
  })

  test('finds no numbers in bytes that are no UTF-8', async () => {
    const body = Buffer.from([0xff, 0xfe, 0x2c, 0x80])
    const headers = { 'content-type': 'text/csv' }
    const response = await fetch(`${server.url}/invocations`, { method: 'POST', headers, body })
    expect(response.status).toBe(400)
  })

  test('takes the signature of an attribute for a body that names none, but not when strict', async () => {
    const attributes = 'tfs-signature-name=words'
    const found = await invoke('one, two\na "b, c",d', { type: 'text/csv', attributes })
    expect(JSON.parse(found.text)).toEqual({
      predictions: [
        ['one', ' two'],
        ['a b, c', 'd'],
      ],
    })
    const own = await invoke('{"signature_name":"serving_default","instances":[1]}', {
      type: json,
      attributes,
    })
    expect(JSON.parse(own.text)).toEqual({ predictions: [2.5] })
    expect((await invoke('1', { type: 'text/csv', attributes, to: strict })).status).toBe(200)
  })

  // Source: serving-container vectors npy, octet, "no ct" and "JSON upper".
  test.each([
    ['application/octet-stream', 'application/octet-stream'],
    [undefined, 'Unknown'],
  ])('refuses content type %s', async (type, shown) => {
    const { status, text } = await invoke('[1]', type === undefined ? {} : { type })
    expect([status, text]).toEqual([415, `{"error": "Unsupported Media Type: ${shown}"}`])
  })

  test.each(['Application/JSON', 'application/json; charset=utf-8'])(
    'takes content type %s, but not when strict',
    async (type) => {
      expect((await invoke('[1]', { type })).status).toBe(200)
      const refused = await invoke('[1]', { type, to: strict })
      expect([refused.status, refused.text]).toEqual([415, `{"error": "Unsupported Media Type: ${type}"}`])
    },
  )

  const pretty = '{\n    "predictions": [3.5, 4.0, 5.5\n    ]\n}'
  const plain = '{    "predictions": [3.5, 4.0, 5.5    ]}'
  test.each([
    ['*/*', json, pretty],
    ['text/csv', json, pretty],
    ['application/jsons', json, pretty],
    ['application/json;q=0.9', json, pretty],
    ['application/json', json, plain],
    ['application/jsonlines', 'application/jsonlines', plain],
    ['application/json, application/jsonlines', json, plain],
    ['text/csv, application/json', 'text/csv', plain],
    ['text/csv, text/plain, application/json', json, pretty],
  ])('answers Accept %s with %s', async (accept, type, text) => {
    expect(await invoke('{"instances":[3,4,7]}', { type: json, accept })).toEqual({ status: 200, type, text })
  })

  test.each([
    ['tfs-model-name=other', 200, '2.5'],
    ['foo=1,tfs-model-name=other', 200, '2.5'],
    ['xtfs-model-name=other', 200, '2.5'],
    ['tfs-model-name=a=b', 200, '2.5'],
    ['TFS-MODEL-NAME=none', 200, '2.5'],
    ['tfs-method=', 200, '2.5'],
    ['tfs-model-version=3', 200, '2.5'],
    ['tfs-model-version=03', 200, '2.5'],
    ['tfs-model-version=4', 404, 'Servable not found for request: Specific(half, 4)'],
    ['tfs-model-name=none', 404, 'Servable not found for request: Latest(none)'],
    ['tfs-model-version=x', 400, 'Malformed request: POST /v1/models/half/versions/x:predict'],
    ['tfs-method=Predict', 400, 'Malformed request: POST /v1/models/half:Predict'],
    ['tfs-model-name=../x', 400, 'Malformed request: POST /v1/models/../x:predict'],
    ['tfs-model-name=half, tfs-method=classify', 400, "When method is classify, key 'examples' is expected"],
  ])('follows the attributes %s', async (attributes, status, text) => {
    const answer = await invoke('{"instances":[1]}', { type: json, attributes })
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(text)
  })
})

describe('level 2.20', () => {
  test.each([
    ['*/*', json, false],
    ['text/csv', json, false],
    ['application/json;q=0.9', json, false],
    ['application/json', json, true],
    ['application/jsonlines', json, true],
    ['text/csv, application/json', json, true],
    ['text/csv, text/plain, application/json', json, true],
  ])('answers Accept %s with %s', async (accept, type, isOneLine) => {
    const answer = await invoke('{"instances":[3]}', { type: json, accept, to: newer })
    expect([answer.type, !answer.text.includes('\n')]).toEqual([type, isOneLine])
  })

  test.each([
    ['tfs-model-name=../x', 'tfs-model-name'],
    ['tfs-model-name=_x', 'tfs-model-name'],
    ['tfs-model-name=a b', 'tfs-model-name'],
    ['tfs-model-version=x', 'tfs-model-version'],
    ['tfs-method=Predict', 'tfs-method'],
    ['tfs-method=metadata', 'tfs-method'],
  ])('refuses the attributes %s', async (attributes, name) => {
    const { status, text } = await invoke('{"instances":[1]}', { type: json, attributes, to: newer })
    expect([status, text]).toEqual([400, `{"error":"invalid ${name}"}`])
  })

  test.each(['tfs-model-version=03', 'tfs-model-name=a=b', 'tfs-method='])(
    'follows %s',
    async (attributes) => {
      expect((await invoke('{"instances":[1]}', { type: json, attributes, to: newer })).status).toBe(200)
    },
  )

  test('shows the type that it refuses without parameters', async () => {
    const { text } = await invoke('x', { type: 'Image/PNG; a=b', to: newer })
    expect(text).toBe('{"error":"Unsupported Media Type: image/png"}')
  })
})

describe('/ping', () => {
  test.each([
    [undefined, 200],
    ['tfs-model-name=other', 200],
    ['tfs-model-version=3,tfs-model-name=half', 200],
    ['tfs-model-name=none', 502],
    ['tfs-model-version=9,tfs-model-name=half', 502],
  ])('with attributes %s answers %d', async (attributes, status) => {
    const headers = attributes === undefined ? {} : { 'x-amzn-sagemaker-custom-attributes': attributes }
    expect((await fetch(`${server.url}/ping`, { headers })).status).toBe(status)
  })
})

test.each(['/', '/execution-parameters', '/metrics'])('%s is not found', async (path) => {
  const response = await fetch(server.url + path)
  expect([response.status, await response.text()]).toEqual([404, '{"error": "Not Found"}'])
})
