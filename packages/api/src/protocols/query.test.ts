import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { errorType, InternalFailure, ValidationException } from '../errors.ts'
import { type HttpResponse, readAll } from '../http.ts'
import { type Operation, operation, service } from '../service.ts'
import { integer, list, map, optional, string, structure, timestamp } from '../shape.ts'
import { query } from './query.ts'
import { request } from './testing/request.ts'

const members = {
  RoleName: string(),
  Count: integer(),
  Since: timestamp(),
  Tags: list(structure({ Key: string(), Value: string() })),
  Flat: optional(list(string()), { xml: { flattened: true } }),
  Labels: map(string()),
}
const GetRole: Operation = operation({
  name: 'GetRole',
  input: structure(members),
  output: structure(members),
  errors: [],
})
const iam = service({
  signingName: 'iam',
  apiVersion: '2010-05-08',
  xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  protocol: query,
  operations: [GetRole],
})
const form = (text: string) => request('POST /', {}, text)
const text = async (response: HttpResponse) => (await readAll(response.body, 10_000)).toString()

describe('query', () => {
  it.each([
    ['a form', form('Action=GetRole&Version=2010-05-08&RoleName=a+b%2B'), { RoleName: 'a b+' }],
    ['a query string', request('GET /?Action=GetRole&RoleName=a'), { RoleName: 'a' }],
    [
      'lists, in the order of their numbers',
      form('Action=GetRole&Tags.member.10.Key=z&Tags.member.2.Key=b&Tags.member.2.Value=&Flat.1=x&Flat.2=y'),
      { Tags: [{ Key: 'b', Value: '' }, { Key: 'z' }], Flat: ['x', 'y'] },
    ],
    ['an empty list', form('Action=GetRole&Tags='), { Tags: [] }],
    [
      'a form that was compressed',
      request('POST /', { 'content-encoding': 'gzip' }, gzipSync('Action=GetRole&RoleName=a')),
      { RoleName: 'a' },
    ],
    [
      'maps',
      form('Action=GetRole&Labels.entry.1.key=__proto__&Labels.entry.1.value=b'),
      JSON.parse('{"Labels":{"__proto__":"b"}}'),
    ],
    ['times', form('Action=GetRole&Since=2023-11-14T22:13:20Z'), { Since: new Date(1700000000000) }],
    ['names that nobody declares, passed over', form('Action=GetRole&Other.x=1'), {}],
  ])('reads %s', async (_, given, expected) => {
    const match = await query.match(iam, given)
    if (!match) throw new Error('no match')
    expect(await query.readInput(iam, match.operation, match.request)).toEqual(expected)
  })

  it.each([
    ['no action', form('RoleName=a')],
    ['another action', form('Action=DeleteRole')],
    ['no body', form('')],
  ])('matches nothing with %s', async (_, given) => {
    expect(await query.match(iam, given)).toBeUndefined()
    expect(query.unknownOperation(given)).toMatchObject({ code: 'InvalidAction', httpStatus: 400 })
  })

  it.each([
    ['a number that is none', 'Count=x'],
    ['an encoding that is none', 'RoleName=%zz'],
    ['a list without numbers', 'Tags.member.x.Key=a'],
    ['a map entry without a value', 'Labels.entry.1.key=a'],
    ['names without end', `${'a.'.repeat(100)}=1`],
    ['values without end', 'a=1&'.repeat(20_000)],
  ])('refuses %s', async (_, body) => {
    await expect(query.readInput(iam, GetRole, form(`Action=GetRole&${body}`))).rejects.toMatchObject({
      code: 'SerializationException',
    })
  })

  it('answers with result and metadata', async () => {
    const response = query.writeOutput(iam, GetRole, { RoleName: 'a&b', Tags: [{ Key: 'k' }] }, 'id')
    expect(response.headers.get('content-type')).toBe('text/xml')
    expect(await text(response)).toBe(
      '<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">' +
        '<GetRoleResult><RoleName>a&amp;b</RoleName><Tags><member><Key>k</Key></member></Tags></GetRoleResult>' +
        '<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetRoleResponse>',
    )
  })

  it.each([
    [errorType('NoSuchEntity', 404)('gone'), 404, 'Sender', 'NoSuchEntity'],
    [ValidationException('m'), 400, 'Sender', 'ValidationError'],
    [InternalFailure('m'), 500, 'Receiver', 'InternalFailure'],
  ])('answers an error, and reads it back: %s', async (error, status, type, code) => {
    const response = query.writeError(iam, error, 'id')
    expect(response.status).toBe(status)
    expect(await text(response)).toBe(
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">' +
        `<Error><Type>${type}</Type><Code>${code}</Code><Message>${error.message}</Message></Error>` +
        '<RequestId>id</RequestId></ErrorResponse>',
    )
    await expect(query.readOutput(iam, GetRole, response)).rejects.toMatchObject({
      code,
      message: error.message,
      httpStatus: status,
      details: {},
    })
  })

  it.each([
    ['a proxy in HTML', 502, '<html><p>', 'InternalFailure'],
    ['a 200 that is no XML', 200, 'oops', 'SerializationException'],
  ])('tells an answer of %s as an error', async (_, status, body, code) => {
    const response = { status, headers: new Headers(), body: form(body).body }
    await expect(query.readOutput(iam, GetRole, response)).rejects.toMatchObject({ code })
  })
})
