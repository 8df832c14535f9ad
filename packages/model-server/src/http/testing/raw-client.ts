import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A client that says exactly the bytes it is told. */
export interface RawClient extends Disposable {
  readonly socket: Socket
  send(text: string): void
  /** All that has come, once it ends with, or matches, that; rejects where the server closes first. */
  until(pattern: RegExp): Promise<string>
  /** All that has come by the time the server closes. */
  untilClosed(): Promise<string>
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  let isClosed = false
  socket.setNoDelay(true).setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  const ended = new Promise<void>((resolve) => {
    const finish = (): void => {
      isClosed = true
      socket.end()
      resolve()
    }
    socket.once('end', finish).once('close', finish).on('error', finish)
  })
  await once(socket, 'connect')
  return {
    socket,
    send: (bytes) => void socket.write(bytes, 'latin1'),
    async until(pattern) {
      while (!pattern.test(text)) {
        if (isClosed) throw new Error(`closed before ${pattern}: ${JSON.stringify(text)}`)
        await Promise.race([once(socket, 'data'), ended])
      }
      return text
    },
    async untilClosed() {
      await ended
      return text
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}
