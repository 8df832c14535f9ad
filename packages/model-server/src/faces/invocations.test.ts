import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainLoader } from '../testing/plain-servable.ts'
import { type PlainServer, startPlainServer } from '../testing/plain-server.ts'

let server: PlainServer
let strict: PlainServer
beforeAll(async () => {
  server = await startPlainServer([plainLoader('half', 3), plainLoader('other', 1)])
  strict = await startPlainServer([plainLoader('half', 3)], { isStrict: true })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await strict[Symbol.asyncDispose]()
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

  // Source: serving-container vectors npy, octet, "no ct" and "JSON upper".
  test.each([
    ['application/x-npy', 'application/x-npy'],
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
