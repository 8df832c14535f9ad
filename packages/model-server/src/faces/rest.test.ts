import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainLoader, signatureOf } from '../testing/plain-servable.ts'
import { type PlainServer, startPlainServer } from '../testing/plain-server.ts'

let server: PlainServer
beforeAll(async () => {
  const echo = signatureOf({ n: { dtype: 'int32' } }, { n: { dtype: 'int32' } })
  server = await startPlainServer([
    plainLoader('m', 1),
    plainLoader('m', 50, { echo }),
    plainLoader("odd!#$%&'()*+,/:;=?@[]", 1),
  ])
})
afterAll(() => server[Symbol.asyncDispose]())

const call = async (method: string, path: string, body?: string | Uint8Array, headers = {}) => {
  const response = await fetch(server.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  return { status: response.status, type: response.headers.get('content-type'), text }
}
const odd = 'odd%21%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D'

describe('predict', () => {
  test.each([
    ['/v1/models/m:predict'],
    ['/v1/models/m/versions/1:predict'],
    ['/v1/models/m/versions/050:predict'],
    ['/V1/MODELS/m:predict'],
    ['/tfs/v1/models/m:predict'],
    [`/v1/models/${odd}:predict`],
  ])('answers POST %s', async (path) => {
    expect(await call('POST', path, '{"instances": [1.0, 2.0, 5.0]}')).toEqual({
      status: 200,
      type: 'application/json',
      text: '{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}',
    })
  })

  test('answers a named signature in columns', async () => {
    const { text } = await call(
      'POST',
      '/v1/models/m:predict',
      '{"signature_name":"echo","inputs":[[1,2],[3,4]]}',
    )
    expect(JSON.parse(text)).toEqual({
      outputs: [
        [1, 2],
        [3, 4],
      ],
    })
  })

  test.each([
    ['POST', '/v1/models/m:PREDICT', '{}', 400, 'Malformed request: POST /v1/models/m:PREDICT'],
    ['POST', '/v1/models/m:predict?x=1', '{}', 400, 'Malformed request: POST /v1/models/m:predict?x=1'],
    [
      'POST',
      '/v1/models/m/version/5:predict',
      '{}',
      400,
      'Malformed request: POST /v1/models/m/version/5:predict',
    ],
    [
      'POST',
      '/v1/models/m/versions/5/labels/x:predict',
      '{}',
      400,
      'Malformed request: POST /v1/models/m/versions/5/labels/x:predict',
    ],
    ['PUT', '/v1/models/m:predict', '{}', 400, 'Malformed request: PUT /v1/models/m:predict'],
    ['DELETE', '/v1/models/m', undefined, 400, 'Malformed request: DELETE /v1/models/m'],
    [
      'POST',
      '/v1/models/none:predict',
      '{"instances":[1]}',
      404,
      'Servable not found for request: Latest(none)',
    ],
    [
      'POST',
      '/v1/models/m/versions/5:predict',
      '{"instances":[1]}',
      404,
      'Servable not found for request: Specific(m, 5)',
    ],
    ['POST', '/v1/models/none:predict', 'oops', 400, 'JSON Parse error: Invalid value. at offset: 0'],
    [
      'POST',
      '/v1/models/m/labels/canary:predict',
      '{"instances":[1]}',
      400,
      'Unrecognized servable version label: canary',
    ],
    [
      'POST',
      '/v1/models/m/versions/18446744073709551615:predict',
      '{}',
      400,
      'Failed to convert version: 18446744073709551615 to numeric.',
    ],
    ['POST', '/v1/models/m%ZZ:predict', '{}', 400, 'Failed to decode model name: m%ZZ'],
    ['POST', '/v1/models/m:predict', '', 400, 'JSON Parse error: The document is empty'],
    [
      'POST',
      '/v1/models/m:predict',
      '{"signature_name":"no","instances":[1]}',
      400,
      'Serving signature name: "no" not found in signature def',
    ],
    ['GET', '/v1/models', undefined, 400, 'Missing model name in request.'],
    ['GET', '/v1/models/versions/5', undefined, 400, 'Missing model name in request.'],
    ['GET', '/v1/models/none', undefined, 404, 'Could not find any versions of model none'],
    ['GET', '/v1/models/m/versions/5', undefined, 404, 'Could not find version 5 of model m'],
    ['GET', '/v1/models/none/metadata', undefined, 404, 'Servable not found for request: Latest(none)'],
  ])('refuses %s %s with %j', async (method, path, body, status, error) => {
    const answer = await call(method, path, body)
    expect({ status: answer.status, type: answer.type }).toEqual({ status, type: 'application/json' })
    expect(JSON.parse(answer.text)).toEqual({ error })
  })

  test('inflates a gzip body, and takes a broken one for an empty one', async () => {
    const headers = { 'content-encoding': 'gzip' }
    const whole = await call('POST', '/v1/models/m:predict', gzipSync('{"instances":[2]}'), headers)
    expect(JSON.parse(whole.text)).toEqual({ predictions: [3] })
    const broken = await call('POST', '/v1/models/m:predict', 'no gzip', headers)
    expect(JSON.parse(broken.text)).toEqual({ error: 'JSON Parse error: The document is empty' })
  })
})

describe('status and metadata', () => {
  const available = (version: string) => ({
    version,
    state: 'AVAILABLE',
    status: { error_code: 'OK', error_message: '' },
  })
  test('shows all versions, newest first, or the one asked for', async () => {
    const all = await call('GET', '/v1/models/m')
    expect(JSON.parse(all.text)).toEqual({ model_version_status: [available('50'), available('1')] })
    const one = await call('GET', '/v1/models/m/versions/1')
    expect(JSON.parse(one.text)).toEqual({ model_version_status: [available('1')] })
  })

  test('describes the signatures of the newest version', async () => {
    const { text } = await call('GET', '/v1/models/m/metadata')
    const { model_spec: spec, metadata } = JSON.parse(text)
    expect(spec).toEqual({ name: 'm', signature_name: '', version: '50' })
    const signatures = metadata.signature_def.signature_def
    expect(Object.keys(signatures)).toEqual(['serving_default', 'echo'])
    expect(signatures.serving_default).toEqual({
      inputs: {
        x: {
          dtype: 'DT_FLOAT',
          tensor_shape: {
            dim: [
              { size: '-1', name: '' },
              { size: '1', name: '' },
            ],
            unknown_rank: false,
          },
          name: 'x:0',
        },
      },
      outputs: expect.any(Object),
      method_name: 'tensorflow/serving/predict',
      defaults: {},
    })
    expect(signatures.echo.inputs.n.tensor_shape).toEqual({ dim: [], unknown_rank: true })
  })
})
