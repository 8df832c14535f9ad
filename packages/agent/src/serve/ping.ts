import { get } from 'node:http'

const limitMilliseconds = 2_000

/** True when `GET /ping` is answered with 200, within two seconds as the platform gives it. Never rejects. */
export function ping(address: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`http://${address}/ping`, { signal, agent: false, timeout: limitMilliseconds })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
    request.on('close', () => resolve(false))
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
  })
}
