import { describe, expect, expectTypeOf, it } from 'vitest'
import { awsJson11 } from './protocols/aws-json.ts'
import { type Client, type Handlers, type InputOf, type OutputOf, operation, service } from './service.ts'
import {
  blob,
  boolean,
  document,
  type Infer,
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
} from './shape.ts'

const everything = structure({
  Name: required(string({ max: 63 })),
  Mode: oneOf('Pipe', 'File'),
  Count: optional(integer({ min: 1 })),
  IsOn: boolean(),
  At: timestamp(),
  Data: blob(),
  Body: stream(),
  Anything: document(),
  Tags: list(structure({ Key: required(string()), Value: string() })),
  Environment: map(string()),
})
const Start = operation({
  name: 'Start',
  input: structure({ Name: required(string()), Count: integer() }),
  output: structure({ Arn: required(string()) }),
  errors: [],
})
const Stop = operation({
  name: 'Stop',
  input: structure({ Name: required(string()) }),
  output: structure({}),
  errors: [],
})
const jobs = service({
  signingName: 'jobs',
  apiVersion: '2020-01-01',
  protocol: awsJson11,
  operations: [Start, Stop],
})
type Jobs = typeof jobs

describe('types', () => {
  it('are inferred from shapes, with what is required and what is not', () => {
    expectTypeOf<Infer<typeof everything>>().toEqualTypeOf<{
      Name: string
      Mode?: 'Pipe' | 'File' | undefined
      Count?: number | undefined
      IsOn?: boolean | undefined
      At?: Date | undefined
      Data?: Uint8Array | undefined
      Body?: AsyncIterable<Uint8Array> | undefined
      Anything?: unknown
      Tags?: { Key: string; Value?: string | undefined }[] | undefined
      Environment?: Record<string, string> | undefined
    }>()
    expect(everything.members.Mode).toMatchObject({ required: false, shape: { values: ['Pipe', 'File'] } })
  })

  it('name an operation of a service', () => {
    expectTypeOf<InputOf<Jobs, 'Start'>>().toEqualTypeOf<{ Name: string; Count?: number | undefined }>()
    expectTypeOf<OutputOf<Jobs, 'Start'>>().toEqualTypeOf<{ Arn: string }>()
    expectTypeOf<keyof Client<Jobs>>().toEqualTypeOf<'Start' | 'Stop'>()
    expectTypeOf<ReturnType<Client<Jobs>['Start']>>().resolves.toEqualTypeOf<{ Arn: string }>()
  })

  it('make handlers complete, and nothing else', async () => {
    const handlers: Handlers<Jobs, { account: string }> = {
      Start: async ({ Name }, { account }) => ({ Arn: `${account}/${Name}` }),
      Stop: async () => ({}),
    }
    // @ts-expect-error a handler is missing
    const missing: Handlers<Jobs, unknown> = { Start: async () => ({ Arn: '' }) }
    const invented: Handlers<Jobs, unknown> = {
      Start: async () => ({ Arn: '' }),
      Stop: async () => ({}),
      // @ts-expect-error no operation of this name
      Pause: async () => ({}),
    }
    const wrong: Handlers<Jobs, unknown> = {
      // @ts-expect-error the output lacks a required member
      Start: async () => ({}),
      Stop: async () => ({}),
    }
    expect([missing, invented, wrong]).toHaveLength(3)
    expect(await handlers.Start({ Name: 'a' }, { account: '1' })).toEqual({ Arn: '1/a' })
  })

  it('refuse a value outside an enumeration, and a missing member', () => {
    // @ts-expect-error not a mode
    const mode: Infer<typeof everything> = { Name: 'a', Mode: 'Fast' }
    // @ts-expect-error no name
    const nameless: Infer<typeof everything> = { Mode: 'File' }
    expect([mode, nameless]).toHaveLength(2)
  })
})
