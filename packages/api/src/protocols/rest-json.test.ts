import { describe, expect, it } from 'vitest'
import { InternalFailure, ValidationException } from '../errors.ts'
import { bytesOf, readAll } from '../http.ts'
import { ModelError, sagemakerRuntime } from '../index.ts'
import { operation, service } from '../service.ts'
import { integer, optional, required, string, structure } from '../shape.ts'
import { restJson1 } from './rest-json.ts'
import { request } from './testing/request.ts'

const [InvokeEndpoint] = sagemakerRuntime.operations
const Rename = operation({
  name: 'Rename',
  http: { method: 'PUT', path: '/things/{Name}', status: 202 },
  input: structure({
    Name: required(string(), { at: { path: 'Name' } }),
    Token: optional(string(), { at: { header: 'x-token' } }),
    NewName: string(),
    Count: integer(),
  }),
  output: structure({ NewName: string() }),
  errors: [],
})
const things = service({ signingName: 'things', apiVersion: '1', protocol: restJson1, operations: [Rename] })

describe('restJson1', () => {
  it('passes a stream through untouched, with its headers', async () => {
    const body = (async function* () {
      yield Buffer.from('[1]')
    })()
    const given = request(
      'POST /endpoints/a%2Fb/invocations',
      { 'content-type': 'application/json', 'x-amzn-sagemaker-target-variant': 'v' },
      body,
    )
    const input = await restJson1.readInput(sagemakerRuntime, InvokeEndpoint, given)
    expect(input).toEqual({
      EndpointName: 'a/b',
      ContentType: 'application/json',
      TargetVariant: 'v',
      Body: body,
    })
    const output = { Body: body, ContentType: 'text/csv', InvokedProductionVariant: 'v' }
    const response = restJson1.writeOutput(sagemakerRuntime, InvokeEndpoint, output, 'id')
    expect(response.body).toBe(body)
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/csv',
      'x-amzn-invoked-production-variant': 'v',
      'x-amzn-requestid': 'id',
    })
  })

  it('keeps what a body cannot know: members of other places, whatever the body says', async () => {
    const given = request('PUT /things/a', {}, '{"Name":"b","Token":1,"NewName":"c","Later":2}')
    expect(await restJson1.readInput(things, Rename, given)).toEqual({ Name: 'a', NewName: 'c', Later: 2 })
  })

  it('answers with the status of the operation', async () => {
    const response = restJson1.writeOutput(things, Rename, { NewName: 'c' }, 'id')
    expect(response.status).toBe(202)
    expect((await readAll(response.body, 100)).toString()).toBe('{"NewName":"c"}')
  })

  it.each([
    ['JSON that is none', 'PUT /things/a', '{', 'SerializationException'],
    ['a wrong type', 'PUT /things/a', '{"Count":"1"}', 'SerializationException'],
    ['a label that cannot be decoded', 'PUT /things/%zz', '{}', 'SerializationException'],
  ])('refuses %s', async (_, line, body, code) => {
    await expect(restJson1.readInput(things, Rename, request(line, {}, body))).rejects.toMatchObject({ code })
  })

  it('refuses to write a label without a value', () => {
    expect(() => restJson1.writeInput(things, Rename, { Name: '' })).toThrow('Name must not be empty')
  })

  it('writes an error with its type in a header, and reads it back with its details', async () => {
    const details = { OriginalStatusCode: 400, OriginalMessage: 'bad' }
    const response = restJson1.writeError(sagemakerRuntime, ModelError('m', { details }), 'id')
    expect(response.status).toBe(424)
    expect(response.headers.get('x-amzn-errortype')).toBe('ModelError')
    expect(response.headers.get('x-amzn-requestid')).toBe('id')
    await expect(restJson1.readOutput(sagemakerRuntime, InvokeEndpoint, response)).rejects.toMatchObject({
      code: 'ModelError',
      message: 'm',
      details,
    })
  })

  it('calls an error as its service does', async () => {
    const response = restJson1.writeError(sagemakerRuntime, ValidationException('m'), 'id')
    expect(response.headers.get('x-amzn-errortype')).toBe('ValidationError')
    expect((await readAll(response.body, 1000)).toString()).toBe('{"__type":"ValidationError","message":"m"}')
  })

  it('says nothing of what went wrong inside', async () => {
    const response = restJson1.writeError(
      things,
      InternalFailure('sorry', { cause: new Error('secret') }),
      'id',
    )
    expect((await readAll(response.body, 1000)).toString()).toBe(
      '{"__type":"InternalFailure","message":"sorry"}',
    )
  })

  it('gives a held body its length, and a stream none', () => {
    const write = (Body: AsyncIterable<Uint8Array>) =>
      restJson1
        .writeInput(sagemakerRuntime, InvokeEndpoint, { EndpointName: 'e', Body })
        .headers.get('content-length')
    expect(write(bytesOf('abc'))).toBe('3')
    expect(write((async function* () {})())).toBeNull()
  })
})
