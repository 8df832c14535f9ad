import { expect, test } from 'vitest'
import { requireBucketName, requireKey } from './names.ts'

test.each(['abc', 'my-bucket.2026', 'a'.repeat(63), '1-2', 'sagemaker-us-west-2-123456789012'])(
  'the bucket name %s is valid',
  (name) => {
    expect(() => requireBucketName(name)).not.toThrow()
  },
)

test.each([
  '',
  'ab',
  'a'.repeat(64),
  'Abc',
  'a_b',
  '-abc',
  'abc-',
  '.abc',
  'a..b',
  '..',
  '192.168.5.4',
  'xn--abc',
  'abc-s3alias',
  'a/b',
  'äbc',
])('the bucket name %j is refused', (name) => {
  expect(() => requireBucketName(name)).toThrow(
    expect.objectContaining({
      code: 'InvalidBucketName',
      httpStatus: 400,
      message: 'The specified bucket is not valid.',
      details: { BucketName: name },
    }),
  )
})

test('a key has up to 1024 bytes, not characters', () => {
  expect(() => requireKey('é'.repeat(512))).not.toThrow()
  expect(() => requireKey(`${'é'.repeat(512)}x`)).toThrow(
    expect.objectContaining({
      code: 'KeyTooLongError',
      message: 'Your key is too long',
      details: { Size: 1025, MaxSizeAllowed: 1024 },
    }),
  )
})
