import { describe, expect, it } from 'vitest'
import { ApiError } from './errors.ts'
import { operation } from './service.ts'
import {
  type AnyShape,
  blob,
  double,
  integer,
  list,
  map,
  oneOf,
  required,
  string,
  structure,
  timestamp,
} from './shape.ts'
import { validateInput } from './validate.ts'

const name = string({ min: 1, max: 63, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}' })
const namePattern = 'Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}'

function messageFor(members: Record<string, AnyShape | ReturnType<typeof required>>, input: unknown) {
  const op = operation({ name: 'Op', input: structure(members), output: structure({}), errors: [] })
  try {
    validateInput(op, input)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'ValidationException') return error.message
    throw error
  }
  return 'valid'
}

const one = (text: string) => `1 validation error detected: ${text}`

describe('validateInput', () => {
  it.each([
    [
      'a pattern that does not fit',
      { TrainingJobName: name },
      { TrainingJobName: 'a_b' },
      one(`Value 'a_b' at 'trainingJobName' failed to satisfy constraint: ${namePattern}`),
    ],
    [
      'a pattern that fits a part only',
      { Name: string({ pattern: '[a-z]+|[0-9]+' }) },
      { Name: 'abc123' },
      one(
        "Value 'abc123' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+|[0-9]+",
      ),
    ],
    [
      'a value that is too long, which is not matched too',
      { Name: string({ max: 3, pattern: '[a-z]*' }) },
      { Name: 'ABCD' },
      one(
        "Value 'ABCD' at 'name' failed to satisfy constraint: Member must have length less than or equal to 3",
      ),
    ],
    [
      'an empty value with a minimum and a pattern',
      { Name: name },
      { Name: '' },
      `2 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'name' failed to satisfy constraint: ${namePattern}`,
    ],
    [
      'a missing member',
      { RoleArn: required(string()) },
      {},
      one("Value null at 'roleArn' failed to satisfy constraint: Member must not be null"),
    ],
    [
      'a missing member of a structure inside',
      { Config: structure({ S3OutputPath: required(string()) }) },
      { Config: {} },
      one("Value null at 'config.s3OutputPath' failed to satisfy constraint: Member must not be null"),
    ],
    [
      'a value outside an enumeration',
      { Mode: oneOf('Pipe', 'File') },
      { Mode: 'Fast' },
      one(
        "Value 'Fast' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [Pipe, File]",
      ),
    ],
    [
      'a number below its minimum',
      { Count: integer({ min: 1 }) },
      { Count: 0 },
      one(
        "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    ],
    [
      'a number above its maximum',
      { Rate: double({ max: 0.5 }) },
      { Rate: 0.75 },
      one(
        "Value '0.75' at 'rate' failed to satisfy constraint: Member must have value less than or equal to 0.5",
      ),
    ],
    [
      'a list that is too short',
      { Subnets: list(string(), { min: 1 }) },
      { Subnets: [] },
      one(
        "Value '[]' at 'subnets' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    ],
    [
      'a structure in a list',
      { InputDataConfig: list(structure({ ChannelName: string({ max: 2 }) })) },
      { InputDataConfig: [{ ChannelName: 'ok' }, { ChannelName: 'long' }] },
      one(
        "Value 'long' at 'inputDataConfig.2.member.channelName' failed to satisfy constraint: Member must have length less than or equal to 2",
      ),
    ],
    [
      'a scalar in a list: the list is told, with all limits of an item',
      { Subnets: list(string({ max: 2, min: 0, pattern: '[a-z]*' })) },
      { Subnets: ['ok', 'long'] },
      one(
        "Value '[ok, long]' at 'subnets' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: [a-z]*]",
      ),
    ],
    [
      'a null in a list',
      { Tags: list(structure({ Key: string() })) },
      { Tags: [null] },
      one("Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null"),
    ],
    [
      'a map with too many entries',
      { HyperParameters: map(string(), { max: 1 }) },
      { HyperParameters: { a: '1', b: '2' } },
      one(
        "Value '{a=1, b=2}' at 'hyperParameters' failed to satisfy constraint: Member must have length less than or equal to 1",
      ),
    ],
    [
      'a key of a map',
      { Environment: map(string(), { key: string({ max: 1 }) }) },
      { Environment: { AB: 'x' } },
      one(
        "Value '{AB=x}' at 'environment' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1]",
      ),
    ],
    [
      'a value of a map',
      { Environment: map(string({ max: 1 })) },
      { Environment: { A: 'xy' } },
      one(
        "Value '{A=xy}' at 'environment' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 1]",
      ),
    ],
    [
      'a null in a map',
      { Environment: map(string()) },
      { Environment: { A: null } },
      one("Value null at 'environment.A.member' failed to satisfy constraint: Member must not be null"),
    ],
    [
      'a structure in a map',
      { Groups: map(structure({ Size: integer({ max: 1 }) })) },
      { Groups: { a: { Size: 2 } } },
      one(
        "Value '2' at 'groups.a.member.size' failed to satisfy constraint: Member must have value less than or equal to 1",
      ),
    ],
    [
      'a blob that is too big',
      { Data: blob({ max: 1 }) },
      { Data: Uint8Array.of(1, 2) },
      one(
        "Value '[2 bytes]' at 'data' failed to satisfy constraint: Member must have length less than or equal to 1",
      ),
    ],
    [
      'several at once, in the order of the shape',
      { A: required(string()), B: string({ max: 1 }) },
      { B: 'bb' },
      "2 validation errors detected: Value null at 'a' failed to satisfy constraint: Member must not be null; Value 'bb' at 'b' failed to satisfy constraint: Member must have length less than or equal to 1",
    ],
  ])('tells %s in AWS words', (_, members, input, message) => {
    expect(messageFor(members, input)).toBe(message)
  })

  it.each([
    ['no optional member', { A: name }, {}],
    ['a null for an optional member', { A: name }, { A: null }],
    [
      'values at their limits',
      { A: string({ min: 2, max: 2 }), B: integer({ min: 1, max: 1 }) },
      { A: 'ab', B: 1 },
    ],
    ['code points rather than UTF-16 units', { A: string({ max: 2 }) }, { A: '😀😀' }],
    ['members that the shape does not know', { A: string() }, { Later: { Deep: [1] } }],
    ['times', { At: required(timestamp()) }, { At: new Date(0) }],
    ['a member named as one of every object', { constructor: string() }, {}],
  ])('accepts %s', (_, members, input) => {
    expect(messageFor(members, input)).toBe('valid')
  })

  it('shortens a huge value, and tells a hundred violations at most', () => {
    const message = messageFor(
      { A: list(structure({ B: string({ max: 1 }) })) },
      {
        A: Array.from({ length: 1000 }, () => ({ B: 'x'.repeat(10_000) })),
      },
    )
    expect(message).toMatch(/^100 validation errors detected: Value 'x{1024}\.\.\.' at 'a\.1\.member\.b' /)
  })

  it('answers at once for a value that a pattern would backtrack on without end', () => {
    const hostile = { Name: `${'a'.repeat(100_000)}!` }
    // Without the limits it would not end within the test's time.
    expect(messageFor({ Name: string({ max: 63, pattern: '(a+)+' }) }, hostile)).toContain('length less than')
    expect(messageFor({ Name: string({ pattern: '(a+)+' }) }, hostile)).toContain(
      'regular expression pattern',
    )
  })
})
