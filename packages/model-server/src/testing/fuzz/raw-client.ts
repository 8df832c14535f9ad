import { connect } from 'node:net'

/** Sends these bytes and no more; resolves when the server has closed its side, and rejects where it does not in time. */
export function sendAll(port: number, bytes: Buffer, limitMillis: number): Promise<'closed'> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const late = setTimeout(() => {
      socket.destroy()
      reject(new Error('the connection was not closed in time'))
    }, limitMillis)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(late)
      resolve('closed')
    })
    socket.resume()
    socket.end(bytes)
  })
}
