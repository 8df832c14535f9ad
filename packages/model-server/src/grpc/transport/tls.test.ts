import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  authority,
  clientIdentity,
  type Identity,
  serverIdentity,
  strangerIdentity,
} from '../../testing/certificates.ts'
import { startTransport, type TlsOptions, type Transport } from './transport.ts'

const open = (tls: Partial<TlsOptions>): Promise<Transport> =>
  startTransport({
    ...{ host: '127.0.0.1', port: 0, limitBytes: 1000 },
    methods: { unary: new Map([['/a.B/Echo', async (bytes) => bytes]]), streams: new Map() },
    tls: {
      ...{ serverKey: serverIdentity.key, serverCert: serverIdentity.certificate },
      ...{ customCa: authority, clientVerify: false },
      ...tls,
    },
  })

/** What gRPC's own client is answered. */
async function ask(to: Transport, roots: string, mine?: Identity): Promise<string> {
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text))
  const secured = credentials.createSsl(pem(roots), pem(mine?.key), pem(mine?.certificate))
  const client = new Client(`localhost:${to.port}`, secured)
  const same = (bytes: Buffer): Buffer => bytes
  try {
    return await new Promise((resolve) => {
      const deadline = Date.now() + 30_000
      client.makeUnaryRequest('/a.B/Echo', same, same, Buffer.from('hello'), { deadline }, (error, value) =>
        resolve(error ? String(error.code) : String(value)),
      )
    })
  } finally {
    client.close()
  }
}

const unavailable = '14'

describe('TLS', () => {
  let transport: Transport
  beforeAll(async () => {
    transport = await open({})
  })
  afterAll(() => transport.close(0))

  test.each([
    ['a client that trusts the authority', authority, undefined, 'hello'],
    ['one that has a certificate of its own, which nobody asks for', authority, strangerIdentity, 'hello'],
    ['a client that trusts another', strangerIdentity.certificate, undefined, unavailable],
  ])('%s', async (_situation, roots, mine, answer) => {
    expect(await ask(transport, roots, mine)).toBe(answer)
  })

  test('agrees on HTTP/2', async () => {
    const options: ConnectionOptions = { host: '127.0.0.1', ca: authority, ALPNProtocols: ['http/1.1', 'h2'] }
    const socket = connect({ ...options, port: Number(transport.port) })
    await once(socket, 'secureConnect')
    expect(socket.alpnProtocol).toBe('h2')
    socket.destroy()
  })

  test('a client without it, and one that says nothing, harm nobody', async () => {
    const plain = connectPlain(Number(transport.port), '127.0.0.1')
    plain.on('error', () => undefined)
    plain.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    plain.resume()
    await once(plain, 'close')
    const silent = connectPlain(Number(transport.port), '127.0.0.1')
    await once(silent, 'connect')
    expect(await ask(transport, authority)).toBe('hello')
    silent.destroy()
  })
})

describe('mutual TLS', () => {
  let transport: Transport
  beforeAll(async () => {
    transport = await open({ clientVerify: true })
  })
  afterAll(() => transport.close(0))

  test.each([
    ['a client that the authority has signed for', clientIdentity, 'hello'],
    ['one that it has not signed for', strangerIdentity, unavailable],
    ['one without a certificate', undefined, unavailable],
  ])('%s', async (_situation, mine, answer) => {
    expect(await ask(transport, authority, mine)).toBe(answer)
  })
})

test('a key that does not fit its certificate opens nothing', async () => {
  await expect(open({ serverKey: clientIdentity.key })).rejects.toThrow('key values mismatch')
})

test('a server that closes does not wait for a client that never agrees on TLS', async () => {
  const transport = await open({})
  const silent = connectPlain(Number(transport.port), '127.0.0.1')
  await once(silent, 'connect')
  await Promise.all([once(silent.resume(), 'close'), transport.close(0.01)])
})
