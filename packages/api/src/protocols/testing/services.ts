import { operation, type Protocol, service } from '../../service.ts'
import {
  blob,
  boolean,
  document,
  double,
  integer,
  list,
  map,
  oneOf,
  optional,
  required,
  stream,
  string,
  structure,
  timestamp,
} from '../../shape.ts'

const text = string()
/** One member of every kind. */
const everything = {
  Text: text,
  Mode: oneOf('Pipe', 'File'),
  Count: integer(),
  Rate: double(),
  IsOn: boolean(),
  At: timestamp(),
  OnDay: timestamp('iso8601'),
  Data: blob(),
  Names: list(text),
  Tags: list(structure({ Key: required(text), Value: text }), { itemName: 'Tag' }),
  Grid: list(list(integer())),
  Environment: map(text),
  Groups: map(structure({ Size: integer(), Parts: list(text) })),
  Inner: structure({ Deep: structure({ Deeper: text }) }),
}
const flattened = {
  Parts: optional(list(structure({ Number: integer(), ETag: text })), {
    xml: { name: 'Part', flattened: true },
  }),
  Prefixes: optional(list(text), { xml: { flattened: true } }),
  Labels: optional(map(text), { xml: { flattened: true } }),
}

/** A service without places on the wire, for the protocols whose members all stand in the body. */
export function bodyService(protocol: Protocol, more: Parameters<typeof structure>[0] = flattened) {
  const shape = structure({ ...everything, ...more })
  return service({
    signingName: 'example',
    apiVersion: '2020-01-01',
    targetPrefix: 'Example',
    xmlNamespace: 'https://example.com/doc/',
    protocol,
    operations: [
      operation({ name: 'Nothing', input: structure({}), output: structure({}), errors: [] }),
      operation({ name: 'Everything', input: shape, output: shape, errors: [] }),
    ],
  })
}
export const anyJson = { Anything: document() }

const placed = {
  Label: required(text, { at: { path: 'Label' } }),
  Key: required(text, { at: { path: 'Key' } }),
  Asked: optional(text, { at: { query: 'asked' } }),
  AskedNumber: optional(integer(), { at: { query: 'asked-number' } }),
  AskedList: optional(list(text), { at: { query: 'asked-list' } }),
  AskedAt: optional(timestamp(), { at: { query: 'asked-at' } }),
}
const headed = {
  Header: optional(text, { at: { header: 'x-text' } }),
  HeaderNumber: optional(integer(), { at: { header: 'x-number' } }),
  HeaderFlag: optional(boolean(), { at: { header: 'x-flag' } }),
  HeaderAt: optional(timestamp(), { at: { header: 'x-at' } }),
  HeaderList: optional(list(text), { at: { header: 'x-list' } }),
  Metadata: optional(map(text), { at: { headers: 'x-meta-' } }),
}

/** A service whose members travel in every place. */
export function restService(protocol: Protocol) {
  const http = (name: string) => ({ method: 'POST', path: `/${name}/{Label}/{Key+}` })
  const restOperation = (name: string, body: Parameters<typeof structure>[0]) =>
    operation({
      name,
      http: http(name),
      input: structure({ ...placed, ...headed, ...body }),
      output: structure({ ...headed, ...body }),
      errors: [],
    })
  const payload = { at: { payload: true } } as const
  return service({
    signingName: 'example',
    apiVersion: '2020-01-01',
    xmlNamespace: 'https://example.com/doc/',
    protocol,
    operations: [
      restOperation('Members', { ...everything, ...flattened }),
      restOperation('Structure', { Payload: optional(structure({ ...everything, ...flattened }), payload) }),
      restOperation('Blob', { Payload: optional(blob(), payload) }),
      restOperation('Text', { Payload: optional(text, payload) }),
      restOperation('Stream', { Payload: optional(stream(), payload) }),
      restOperation('Bare', {}),
    ],
  })
}
