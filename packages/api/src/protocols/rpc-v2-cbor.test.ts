import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { errorType, ValidationException } from '../errors.ts'
import { type HttpResponse, readAll } from '../http.ts'
import { type Operation, operation, service } from '../service.ts'
import { blob, boolean, double, integer, list, map, string, structure, timestamp } from '../shape.ts'
import { readCbor, Tagged } from './cbor/read.ts'
import { type WritableCbor, writeCbor } from './cbor/write.ts'
import { rpcV2Cbor } from './rpc-v2-cbor.ts'
import { request } from './testing/request.ts'

const members = {
  Name: string(),
  Count: integer(),
  Rate: double(),
  IsOn: boolean(),
  Since: timestamp(),
  Bytes: blob(),
  Names: list(string()),
  Labels: map(string()),
  Inner: structure({ Name: string() }),
}
const Get: Operation = operation({
  name: 'Get',
  input: structure(members),
  output: structure(members),
  errors: [],
})
const metrics = service({
  signingName: 'metrics',
  apiVersion: '2020-01-01',
  targetPrefix: 'Metrics',
  errorCodes: { ValidationException: 'ValidationError' },
  errorShapes: { InvalidName: 'InvalidNameException' },
  protocol: rpcV2Cbor,
  operations: [Get],
})
const plain = service({
  signingName: 'metrics',
  apiVersion: '2020-01-01',
  targetPrefix: 'Metrics',
  protocol: rpcV2Cbor,
  operations: [Get],
})

const line = 'POST /service/Metrics/operation/Get'
const body = (entries: Record<string, WritableCbor>) => writeCbor(new Map(Object.entries(entries)))
const read = async (bytes: Uint8Array | string, headers: Record<string, string> = {}) =>
  rpcV2Cbor.readInput(metrics, Get, request(line, headers, bytes))
const answered = async (response: HttpResponse) => readCbor(await readAll(response.body, 10_000))

describe('RPC v2 CBOR', () => {
  it.each([
    ['its path', line, 'Get'],
    ['a path with something before it', 'POST /prefix/service/Metrics/operation/Get?x=y', 'Get'],
    ['another operation', 'POST /service/Metrics/operation/Put', undefined],
    ['another service', 'POST /service/Others/operation/Get', undefined],
    ['another method', 'GET /service/Metrics/operation/Get', undefined],
    ['another path', 'POST /', undefined],
  ])('matches %s', async (_, given, name) => {
    expect((await rpcV2Cbor.match(metrics, request(given)))?.operation.name).toBe(name)
  })

  it('tells the name of an operation that is not there', () => {
    expect(rpcV2Cbor.unknownOperation(request('POST /service/Metrics/operation/Put'))).toMatchObject({
      code: 'UnknownOperationException',
      message: 'Unknown operation: Put',
    })
  })

  it.each([
    ['nothing', new Uint8Array(), {}],
    ['an empty map', body({}), {}],
    ['a tagged time', body({ Since: new Tagged(1, 1.5) }), { Since: new Date(1500) }],
    ['a time without a tag', body({ Since: 2 }), { Since: new Date(2000) }],
    ['whole numbers for floats', body({ Rate: 2 }), { Rate: 2 }],
    ['an absent member for null', body({ Name: null }), {}],
    ['members that nobody states, passed over', body({ Other: [1] }), {}],
    [
      'keys of any kind in maps',
      body({ Labels: new Map([['__proto__', 'x']]) }),
      JSON.parse('{"Labels":{"__proto__":"x"}}'),
    ],
  ])('reads %s', async (_, bytes, expected) => {
    expect(await read(bytes)).toEqual(expected)
  })

  it('reads a body that was compressed', async () => {
    expect(await read(gzipSync(body({ Name: 'a' })), { 'content-encoding': 'gzip' })).toEqual({ Name: 'a' })
  })

  it.each([
    ['bytes that are no CBOR', 'hello', {}, 'SerializationException'],
    ['a list for the input', writeCbor([]), {}, 'SerializationException'],
    ['a number for a text', body({ Name: 1 }), {}, 'SerializationException'],
    ['a text for a number', body({ Count: '1' }), {}, 'SerializationException'],
    ['a fraction for an integer', body({ Count: 1.5 }), {}, 'SerializationException'],
    ['a number for a flag', body({ IsOn: 1 }), {}, 'SerializationException'],
    ['a text for bytes', body({ Bytes: 'x' }), {}, 'SerializationException'],
    ['a text for a time', body({ Since: '2026-01-01T00:00:00Z' }), {}, 'SerializationException'],
    ['a time past all times', body({ Since: 1e300 }), {}, 'SerializationException'],
    ['a map for a list', body({ Names: new Map() }), {}, 'SerializationException'],
    ['a list for a structure', body({ Inner: [] }), {}, 'SerializationException'],
    ['what is not gzip', 'x', { 'content-encoding': 'gzip' }, 'SerializationException'],
    [
      'what grows beyond all bounds',
      gzipSync(Buffer.alloc(11 * 1024 * 1024)),
      { 'content-encoding': 'gzip' },
      'RequestEntityTooLargeException',
    ],
  ])('refuses %s', async (_, bytes, headers, code) => {
    await expect(read(bytes, headers as Record<string, string>)).rejects.toMatchObject({ code })
  })

  it('answers with its own headers', async () => {
    const response = rpcV2Cbor.writeOutput(metrics, Get, { Name: 'a', Since: new Date(1500) }, 'id')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'smithy-protocol': 'rpc-v2-cbor',
      'content-type': 'application/cbor',
      'x-amzn-requestid': 'id',
    })
    const expected: [string, unknown][] = [
      ['Name', 'a'],
      ['Since', new Tagged(1, 1.5)],
    ]
    expect(await answered(response)).toEqual(new Map(expected))
  })

  it.each([
    ['of its own', errorType('InvalidName', 400)('no'), 'InvalidNameException', 'InvalidName;Sender'],
    ['of all services', ValidationException('no'), 'ValidationError', 'ValidationError;Sender'],
    ['of the server', errorType('Broken', 500)('no'), 'Broken', 'Broken;Receiver'],
  ])('tells an error %s, with the code of old for clients of old', async (_, error, type, header) => {
    const response = rpcV2Cbor.writeError(metrics, error, 'id')
    expect(response.status).toBe(error.httpStatus)
    expect(response.headers.get('x-amzn-query-error')).toBe(header)
    expect(await answered(response)).toEqual(
      new Map([
        ['__type', type],
        ['message', 'no'],
      ]),
    )
    const [code] = header.split(';')
    const again = rpcV2Cbor.readOutput(metrics, Get, rpcV2Cbor.writeError(metrics, error, 'id'))
    await expect(again).rejects.toMatchObject({ code, message: 'no' })
  })

  it('has no code of old for a service that never had one', async () => {
    const response = rpcV2Cbor.writeError(plain, ValidationException('no'), 'id')
    expect(response.headers.has('x-amzn-query-error')).toBe(false)
    await expect(rpcV2Cbor.readOutput(plain, Get, response)).rejects.toMatchObject({
      code: 'ValidationException',
    })
  })

  it('makes an error of what a proxy answers', async () => {
    const { body, headers } = request('POST /', {}, '<html>Bad gateway</html>')
    const answer = rpcV2Cbor.readOutput(metrics, Get, { status: 502, headers, body })
    await expect(answer).rejects.toMatchObject({ code: 'InternalFailure', httpStatus: 502 })
  })
})
