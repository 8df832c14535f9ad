import {
  awsJson11,
  errorType,
  integer,
  list,
  oneOf,
  operation,
  optional,
  required,
  restXml,
  service,
  string,
  structure,
  timestamp,
} from '@sagebrush/api'
import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import type { ModelMember, ModelShape, ServiceModel } from './model.ts'

const text: ModelShape = { type: 'string', min: 1, max: 9, pattern: '[a-z]+' }

function model(input: ModelShape, more: Readonly<Record<string, ModelShape>> = {}): ServiceModel {
  return {
    metadata: { apiVersion: '1', protocol: 'rest-xml', endpointPrefix: 'x' },
    operations: { Ask: { http: { method: 'PUT', requestUri: '/{Name}' }, input: { shape: 'AskInput' } } },
    shapes: {
      AskInput: input,
      Text: text,
      Wrong: { type: 'structure', error: { httpStatusCode: 404 } },
      ...more,
    },
  }
}

const input = (members: Record<string, ModelMember>, more: Partial<ModelShape> = {}): ModelShape => ({
  type: 'structure',
  members,
  ...more,
})

function stated(members: Parameters<typeof structure>[0]) {
  const errors = [errorType('Wrong', 400)]
  const http = { method: 'PUT', path: '/{Name}' }
  const ask = operation({ name: 'Ask', http, input: structure(members), output: structure({}), errors: [] })
  return {
    ask,
    same: service({ signingName: 'x', apiVersion: '1', protocol: restXml, operations: [ask] }),
    failing: service({
      signingName: 'y',
      apiVersion: '2',
      protocol: awsJson11,
      operations: [
        { ...ask, http: { method: 'POST', path: '/' }, errors },
        { ...ask, name: 'Other' },
      ],
    }),
  }
}

const aText = string({ min: 1, max: 9, pattern: '[a-z]+' })

test('what is the same is no difference', () => {
  const members = {
    Name: { shape: 'Text', location: 'uri', locationName: 'Name' },
    Kind: { shape: 'Kind', location: 'header', locationName: 'X-Kind' },
    Parts: { shape: 'Parts', locationName: 'Part' },
    When: { shape: 'When' },
  } as const
  const more: Record<string, ModelShape> = {
    Kind: { type: 'string', enum: ['a', 'b'] },
    Parts: { type: 'list', member: { shape: 'Number' }, flattened: true, min: 0 },
    Number: { type: 'long', min: 0 },
    When: { type: 'timestamp' },
  }
  const { same } = stated({
    Name: required(aText, { at: { path: 'Name' } }),
    Kind: optional(oneOf('b', 'a'), { at: { header: 'x-kind' } }),
    Parts: optional(list(integer({ min: 0 })), { xml: { name: 'Part', flattened: true } }),
    When: timestamp('iso8601'),
  })
  expect(differences(same, model(input(members, { required: ['Name'] }), more))).toEqual([])
})

test('every kind of difference is told at its place', () => {
  const { failing } = stated({})
  expect(differences(failing, model(input({ Name: { shape: 'Text' } })))).toEqual([
    'Ask Wrong: has status 400 here, 404 at AWS',
    'Ask: has method POST here, PUT at AWS',
    'Ask: has path / here, /{Name} at AWS',
    'AskInput.Name: is not stated here',
    'Other: is no operation at AWS',
    'service: has signing name y here, x at AWS',
    'service: has version 2 here, 1 at AWS',
  ])
})

test.each<[string, Parameters<typeof structure>[0], ModelMember, ModelShape, string[]]>([
  [
    'a limit',
    { A: string({ min: 1, max: 8 }) },
    { shape: 'T' },
    { type: 'string', min: 1, max: 9 },
    ['T: has max 8 here, 9 at AWS'],
  ],
  [
    'a pattern',
    { A: string({ pattern: 'a' }) },
    { shape: 'T' },
    { type: 'string' },
    ['T: has pattern a here, none at AWS'],
  ],
  [
    'values',
    { A: oneOf('a', 'c') },
    { shape: 'T' },
    { type: 'string', enum: ['a', 'b'] },
    ['T: does not take b here', 'T: takes c here only'],
  ],
  [
    'a type',
    { A: integer() },
    { shape: 'T' },
    { type: 'string' },
    ['T: has type integer here, string at AWS'],
  ],
  [
    'a place',
    { A: optional(string(), { at: { query: 'a' } }) },
    { shape: 'T', location: 'header', locationName: 'A' },
    { type: 'string' },
    ['AskInput.A: has place query a here, header a at AWS'],
  ],
  [
    'a member of ours',
    { A: string(), B: string() },
    { shape: 'T' },
    { type: 'string' },
    ['AskInput.B: is unknown at AWS'],
  ],
  [
    'required',
    { A: required(string()) },
    { shape: 'T' },
    { type: 'string' },
    ['AskInput.A: has required true here, false at AWS'],
  ],
  [
    'an element',
    { A: list(string()) },
    { shape: 'T', locationName: 'a' },
    { type: 'list', member: { shape: 'Text', locationName: 'item' } },
    [
      'AskInput.A: has element A here, a at AWS',
      'T: has element of an item member here, item at AWS',
      'Text: has max none here, 9 at AWS',
      'Text: has min none here, 1 at AWS',
      'Text: has pattern none here, [a-z]+ at AWS',
    ],
  ],
  [
    'a format',
    { A: timestamp() },
    { shape: 'T' },
    { type: 'timestamp', timestampFormat: 'rfc822' },
    ['AskInput.A: has format iso8601 here, http-date at AWS'],
  ],
])('%s that differs is told', (_, members, member, shape, found) => {
  const { same } = stated(members)
  expect(differences(same, model(input({ A: member }), { T: shape }))).toEqual(found)
})
