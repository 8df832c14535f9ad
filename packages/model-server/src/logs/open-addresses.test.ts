import { expect, test } from 'vitest'
import { openAddresses } from './open-addresses.ts'

const none = { port: undefined, socketPath: undefined }

test.each([
  [
    'every address',
    { grpc: { ...none, host: '0.0.0.0', port: 8500 }, rest: { host: '::', port: 8501 } },
    ['Running gRPC ModelServer at 0.0.0.0:8500 ...', 'Exporting HTTP/REST API at:localhost:8501 ...'],
  ],
  [
    'every address of a machine without IPv6',
    { grpc: { ...none, host: '0.0.0.0' }, rest: { host: '0.0.0.0', port: 8501 } },
    ['Exporting HTTP/REST API at:localhost:8501 ...'],
  ],
  [
    'one address, and a socket',
    { grpc: { host: '::1', port: 1, socketPath: '/run/m' }, rest: { host: '::1', port: 2 } },
    [
      'Running gRPC ModelServer at [::1]:1 ...',
      'Running gRPC ModelServer at unix:/run/m ...',
      'Exporting HTTP/REST API at:[::1]:2 ...',
    ],
  ],
  [
    'a socket alone',
    { grpc: { ...none, host: '127.0.0.1', socketPath: 'm' }, rest: undefined },
    ['Running gRPC ModelServer at unix:m ...'],
  ],
])('%s', (_situation, addresses, lines) => {
  expect(openAddresses(addresses)).toEqual(lines)
})
