import { connect } from 'node:net'
import {
  FrameReader,
  frame,
  frameFlags,
  frameTypes,
} from '../packages/model-server/dist/grpc/http2/frames.js'
import { headerBlock } from '../packages/model-server/dist/grpc/http2/response-headers.js'
import { prefixed } from '../packages/model-server/dist/grpc/messages.js'

/**
 * Unary calls of one body: `node bench/grpc-load.mjs PORT PATH BODY(base64) CONNECTIONS STREAMS SECONDS`; prints JSON.
 * Frames over a plain socket: a whole gRPC client costs more than the servers that it is to measure.
 */
const [port, path, body, connections, streams, seconds] = process.argv.slice(2)
const message = prefixed(Buffer.from(body, 'base64'))
const headers = {
  ...{ ':method': 'POST', ':scheme': 'http', ':path': path, ':authority': 'localhost' },
  ...{ 'content-type': 'application/grpc', te: 'trailers' },
}
/** As clients do it: into the connection's table with the first request, and referred to from then on. */
const firstHeaders = Buffer.concat(
  Object.entries(headers).map(([name, value]) => {
    const block = headerBlock({ [name]: value })
    block[0] = 0x40
    return block
  }),
)
const count = Object.keys(headers).length
const laterHeaders = Buffer.from(Array.from({ length: count }, (_, index) => 0x80 | (61 + count - index)))
const nothing = Buffer.alloc(0)
/** As much as there may be. */
const windowBytes = 2 ** 31 - 1
const millis = []
let failures = 0
const started = performance.now()
const ends = started + Number(seconds) * 1000
await Promise.all(Array.from({ length: Number(connections) }, talk))
const rate = millis.length / ((performance.now() - started) / 1000)
millis.sort((a, b) => a - b)
const at = (part) => millis[Math.floor(millis.length * part)]
console.log(JSON.stringify({ rate, requests: millis.length, failures, p50: at(0.5), p99: at(0.99) }))
process.exit(0)

/** Each stream asks again as soon as it is answered. */
function talk() {
  const socket = connect(Number(port), '127.0.0.1').setNoDelay(true)
  const reader = new FrameReader()
  const began = new Map()
  const blocked = []
  let out = [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), settings(), windowUpdate(windowBytes - 65_535)]
  let [nextStream, window, received] = [1, 65_535, 0]
  for (let index = 0; index < Number(streams); index++) ask()
  flush()
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      reader.push(chunk, take)
      if (received > 2 ** 29) {
        out.push(windowUpdate(received))
        received = 0
      }
      flush()
      if (began.size === 0) socket.end(resolve)
    })
  })

  function ask() {
    const stream = nextStream
    nextStream += 2
    began.set(stream, performance.now())
    const payload = stream === 1 ? firstHeaders : laterHeaders
    out.push(frame({ type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload }))
    if (window >= message.length) send(stream)
    else blocked.push(stream)
  }

  function send(stream) {
    window -= message.length
    out.push(frame({ type: frameTypes.data, flags: frameFlags.endStream, stream, payload: message }))
  }

  function take({ type, flags, stream, payload }) {
    const isAck = (flags & frameFlags.ack) !== 0
    if (type === frameTypes.data) received += payload.length
    else if (type === frameTypes.windowUpdate && stream === 0) {
      window += payload.readUInt32BE(0)
      while (blocked.length > 0 && window >= message.length) send(blocked.shift())
    } else if (type === frameTypes.settings && !isAck) {
      out.push(frame({ type, flags: frameFlags.ack, stream: 0, payload: nothing }))
    } else if (type === frameTypes.ping && !isAck) {
      out.push(frame({ type, flags: frameFlags.ack, stream: 0, payload: Buffer.from(payload) }))
    }
    const isReset = type === frameTypes.rstStream
    const hasEnded = type <= frameTypes.headers && (flags & frameFlags.endStream) !== 0
    if (!isReset && !hasEnded) return
    if (isReset) failures++
    millis.push(performance.now() - began.get(stream))
    began.delete(stream)
    if (performance.now() < ends) ask()
  }

  function flush() {
    if (out.length > 0) socket.write(Buffer.concat(out))
    out = []
  }
}

function settings() {
  const payload = Buffer.alloc(6)
  payload.writeUInt32BE(windowBytes, payload.writeUInt16BE(4))
  return frame({ type: frameTypes.settings, flags: 0, stream: 0, payload })
}

function windowUpdate(byteCount) {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(byteCount)
  return frame({ type: frameTypes.windowUpdate, flags: 0, stream: 0, payload })
}
