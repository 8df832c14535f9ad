import { Client, credentials } from '@grpc/grpc-js'

/** Unary calls of one body: `node bench/grpc-load.mjs PORT PATH BODY(base64) CONNECTIONS STREAMS SECONDS`; prints JSON. */
const [port, path, body, connections, streams, seconds] = process.argv.slice(2)
const bytes = Buffer.from(body, 'base64')
const same = (value) => value
const millis = []
const ends = performance.now() + Number(seconds) * 1000
const started = performance.now()
const clients = Array.from(
  { length: Number(connections) },
  (_, index) =>
    // A number of its own keeps a client from sharing another's connection.
    new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.primary_user_agent': `load-${index}`,
    }),
)
await Promise.all(clients.flatMap((client) => Array.from({ length: Number(streams) }, () => ask(client))))
const rate = millis.length / ((performance.now() - started) / 1000)
millis.sort((a, b) => a - b)
const at = (part) => millis[Math.floor(millis.length * part)]
console.log(JSON.stringify({ rate, p50: at(0.5), p99: at(0.99) }))
process.exit(0)

async function ask(client) {
  while (performance.now() < ends) {
    const began = performance.now()
    await new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, same, same, bytes, (error) => (error ? reject(error) : resolve()))
    })
    millis.push(performance.now() - began)
  }
}
