import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ApiError, SerializationException, ValidationException } from '../errors.ts'
import { type HttpResponse, readAll } from '../http.ts'
import { type Operation, operation, service } from '../service.ts'
import {
  blob,
  boolean,
  document,
  double,
  integer,
  list,
  map,
  string,
  structure,
  timestamp,
} from '../shape.ts'
import { awsJson10, awsJson11 } from './aws-json.ts'
import { request } from './testing/request.ts'

const members = {
  Text: string(),
  Count: integer(),
  Rate: double(),
  IsOn: boolean(),
  At: timestamp(),
  Data: blob(),
  Items: list(structure({ Key: string() })),
  Environment: map(string()),
  Inner: structure({ Name: string() }),
  Anything: document(),
}
const Do: Operation = operation({
  name: 'Do',
  input: structure(members),
  output: structure(members),
  errors: [],
})
const example = service({
  signingName: 'example',
  apiVersion: '2020-01-01',
  targetPrefix: 'Example',
  protocol: awsJson11,
  operations: [Do],
})
const read = (body: string | Uint8Array) => awsJson11.readInput(example, Do, request('POST /', {}, body))
const answered = async (response: HttpResponse) =>
  JSON.parse((await readAll(response.body, 10_000)).toString())

describe('awsJson11 matches', () => {
  it.each([
    ['its target', 'POST /', 'Example.Do', 'Do'],
    ['no other operation', 'POST /', 'Example.Undo', undefined],
    ['no other service', 'POST /', 'Other.Do', undefined],
    ['no other method', 'GET /', 'Example.Do', undefined],
    ['no name of every object', 'POST /', 'Example.constructor', undefined],
  ])('%s', async (_, line, target, name) => {
    const match = await awsJson11.match(example, request(line, { 'x-amz-target': target }))
    expect(match?.operation.name).toBe(name)
  })

  it('tells an unknown operation', () => {
    const error = awsJson11.unknownOperation(request('POST /', { 'x-amz-target': 'Example.Undo' }))
    expect(error).toMatchObject({ code: 'UnknownOperationException', httpStatus: 400 })
  })
})

describe('awsJson11 reads', () => {
  it.each([
    ['no body as no member', '', {}],
    ['an empty structure', '{}', {}],
    [
      'members that nobody declares, as they are',
      '{"Later":{"Deep":[1,null]}}',
      { Later: { Deep: [1, null] } },
    ],
    ['a null member as an absent one', '{"Text":null,"Items":null}', {}],
    [
      'nulls inside, for validation to tell',
      '{"Items":[null],"Environment":{"A":null}}',
      { Items: [null], Environment: { A: null } },
    ],
    ['epoch seconds with a fraction', '{"At":1700000000.25}', { At: new Date(1700000000250) }],
    ['a time in words', '{"At":"2023-11-14T22:13:20Z"}', { At: new Date(1700000000000) }],
    ['base64', '{"Data":"AQI="}', { Data: Buffer.from([1, 2]) }],
    ['numbers beyond JSON', '{"Rate":"NaN"}', { Rate: Number.NaN }],
    ['a whole number with a point', '{"Count":2.0}', { Count: 2 }],
  ])('%s', async (_, body, expected) => {
    expect(await read(body)).toEqual(expected)
  })

  it('a key named as the prototype as a mere key', async () => {
    const input = await read('{"Environment":{"__proto__":"x"},"__proto__":{"polluted":true}}')
    expect(JSON.stringify(input)).toBe('{"Environment":{"__proto__":"x"},"__proto__":{"polluted":true}}')
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype)
  })
})

describe('awsJson11 refuses', () => {
  it.each([
    ['a number for a string', '{"Text":1}', 'NUMBER_VALUE can not be converted to a String'],
    ['a boolean for a string', '{"Text":true}', 'TRUE_VALUE can not be converted to a String'],
    ['a structure for a string', '{"Text":{}}', 'Start of structure or map found where not expected.'],
    ['a list for a string', '{"Text":[]}', 'Start of list found where not expected'],
    ['a string for an integer', '{"Count":"1"}', 'STRING_VALUE can not be converted to an Integer'],
    ['a fraction for an integer', '{"Count":1.5}', 'NUMBER_VALUE can not be converted to an Integer'],
    ['a number past any integer', '{"Count":1e300}', 'NUMBER_VALUE can not be converted to an Integer'],
    ['a number past any double', '{"Rate":1e999}', 'NUMBER_VALUE can not be converted to a Double'],
    ['a string for a boolean', '{"IsOn":"true"}', 'STRING_VALUE can not be converted to a Boolean'],
    ['a word for a time', '{"At":"yesterday"}', 'STRING_VALUE can not be converted to a Timestamp'],
    ['a time past all calendars', '{"At":1e300}', 'NUMBER_VALUE can not be converted to a Timestamp'],
    ['text that is not base64', '{"Data":"*"}', 'STRING_VALUE can not be converted to a Blob'],
    ['a structure for a list', '{"Items":{}}', 'Start of structure or map found where not expected.'],
    ['a string for a structure', '{"Inner":"x"}', 'STRING_VALUE can not be converted to a structure'],
    ['a list for a map', '{"Environment":[]}', 'Start of list found where not expected'],
    [
      'a number in a map of strings',
      '{"Environment":{"A":1}}',
      'NUMBER_VALUE can not be converted to a String',
    ],
    ['a list for the input', '[]', 'Start of list found where not expected'],
    ['null for the input', 'null', undefined],
    ['half of a body', '{"Text":', 'The request body is not valid JSON'],
    ['text that is no JSON', 'Action=Do', 'The request body is not valid JSON'],
  ])('%s', async (_, body, message) => {
    if (message === undefined) return expect(await read(body)).toEqual({})
    await expect(read(body)).rejects.toMatchObject({
      code: 'SerializationException',
      httpStatus: 400,
      message,
    })
  })

  it('bytes that are not UTF-8', async () => {
    await expect(read(Uint8Array.of(0x22, 0xff, 0x22))).rejects.toMatchObject({
      code: 'SerializationException',
    })
  })

  it('nesting that would exhaust the stack, but no brackets inside strings', async () => {
    await expect(read(`{"Later":${'['.repeat(1e6)}`)).rejects.toMatchObject({
      code: 'SerializationException',
    })
    await expect(read(JSON.stringify({ Text: '\\"[{'.repeat(1000) }))).resolves.toBeTruthy()
  })

  it('a body without end, before it is read', async () => {
    let given = 0
    const endless = (async function* () {
      for (;;) {
        given += 1
        yield Buffer.alloc(1024 * 1024)
      }
    })()
    await expect(awsJson11.readInput(example, Do, request('POST /', {}, endless))).rejects.toMatchObject({
      code: 'RequestEntityTooLargeException',
      httpStatus: 413,
    })
    expect(given).toBeLessThan(20)
  })
})

describe('awsJson11 writes', () => {
  it('outputs with epoch seconds, and members that nobody declares', async () => {
    const output = { At: new Date(1500), Text: undefined, Later: 1, Data: Buffer.from([1]) }
    const response = awsJson11.writeOutput(example, Do, output, 'id')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': 'id',
    })
    expect(await answered(response)).toEqual({ At: 1.5, Later: 1, Data: 'AQ==' })
  })

  it('errors with their type, and reads them back', async () => {
    const error = ValidationException('Could not find model "m".', { details: { Extra: 1 } })
    const response = awsJson11.writeError(example, error, 'id')
    expect(response.status).toBe(400)
    expect(await answered(response)).toEqual({
      __type: 'ValidationException',
      message: error.message,
      Extra: 1,
    })
    await expect(awsJson11.readOutput(example, Do, response)).rejects.toMatchObject({
      code: 'ValidationException',
      message: error.message,
      httpStatus: 400,
      details: { Extra: 1 },
    })
  })

  it.each([
    ['a namespace', 400, {}, '{"__type":"com.amazon#ResourceInUse","Message":"m"}', 'ResourceInUse', 'm'],
    [
      'a header with an address',
      400,
      { 'x-amzn-errortype': 'ModelError:http://a/' },
      '{"message":"m"}',
      'ModelError',
      'm',
    ],
    ['no JSON', 503, {}, '<html>', 'ServiceUnavailable', 'the server answered 503'],
    ['no body', 403, {}, '', 'Forbidden', 'the server answered 403'],
  ])('reads an error with %s', async (_, status, headers, body, code, message) => {
    const response = { status, headers: new Headers(headers), body: request('POST /', {}, body).body }
    const error = await awsJson11.readOutput(example, Do, response).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code, message, httpStatus: status })
  })

  it('no error of its own for one that it does not know', async () => {
    const response = awsJson11.writeError(example, SerializationException('m'), 'id')
    expect(await answered(response)).toEqual({ __type: 'SerializationException', message: 'm' })
  })
})

describe('awsJson10', () => {
  it('has a content type of its own', () => {
    const given = awsJson10.writeInput(example, Do, {})
    expect(given.headers.get('content-type')).toBe('application/x-amz-json-1.0')
    const answer = awsJson10.writeOutput(example, Do, {}, 'id')
    expect(answer.headers.get('content-type')).toBe('application/x-amz-json-1.0')
  })

  it('tells the code of old beside the name of today', async () => {
    const both = service({
      ...example,
      protocol: awsJson10,
      errorShapes: { InvalidName: 'InvalidNameException' },
    })
    const error = new ApiError({ code: 'InvalidName', httpStatus: 400 }, 'no')
    const response = awsJson10.writeError(both, error, 'id')
    expect(response.headers.get('x-amzn-query-error')).toBe('InvalidName;Sender')
    expect(await answered(response)).toEqual({ __type: 'InvalidNameException', message: 'no' })
    const again = awsJson10.readOutput(both, Do, awsJson10.writeError(both, error, 'id'))
    await expect(again).rejects.toMatchObject({ code: 'InvalidName', message: 'no' })
  })

  it('reads a body that was compressed', async () => {
    const given = request('POST /', { 'content-encoding': 'gzip' }, gzipSync('{"Text":"a"}'))
    expect(await awsJson10.readInput(example, Do, given)).toEqual({ Text: 'a' })
  })
})
