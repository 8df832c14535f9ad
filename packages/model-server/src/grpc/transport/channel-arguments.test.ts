import { expect, test } from 'vitest'
import { readChannelArguments, usualChannelSettings } from './channel-arguments.ts'

test.each([
  ['', {}],
  ['grpc.max_concurrent_streams=7,grpc.max_metadata_size=8192', { maxStreams: 7, maxHeaderBytes: 8192 }],
  [
    'grpc.max_receive_message_length=1000,grpc.max_send_message_length=-1',
    { receiveLimitBytes: 1000, sendLimitBytes: Number.POSITIVE_INFINITY },
  ],
  ['grpc.max_message_length=0', { receiveLimitBytes: 0 }],
  ['grpc.max_connection_age_ms=2147483647', {}],
  [
    'grpc.max_connection_age_ms=1,grpc.max_connection_age_grace_ms=2,grpc.max_connection_idle_ms=3',
    { ageMillis: 1, ageGraceMillis: 2, idleMillis: 3 },
  ],
  [
    'grpc.keepalive_time_ms=4,grpc.keepalive_timeout_ms=5,grpc.keepalive_permit_without_calls=1',
    { keepAliveMillis: 4, keepAliveTimeoutMillis: 5, keepsIdleAlive: true },
  ],
])('%s', (text, settings) => {
  expect(readChannelArguments(text)).toEqual({
    settings: { ...usualChannelSettings, ...settings },
    unused: [],
  })
})

test('names those that mean nothing here', () => {
  expect(readChannelArguments('grpc.so_reuseport=0,a=b=c,toString=1').unused).toEqual([
    'grpc.so_reuseport',
    'a',
    'toString',
  ])
})

test.each([
  ['grpc.max_concurrent_streams=0', 'grpc.max_concurrent_streams cannot be "0"'],
  ['grpc.max_metadata_size', 'grpc.max_metadata_size cannot be ""'],
  ['grpc.keepalive_time_ms=-2', 'grpc.keepalive_time_ms cannot be "-2"'],
  ['grpc.keepalive_permit_without_calls=2', 'grpc.keepalive_permit_without_calls cannot be "2"'],
])('refuses %s', (text, reason) => {
  expect(() => readChannelArguments(text)).toThrow(reason)
})
