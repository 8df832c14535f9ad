import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

/**
 * Keeps connections busy with one POST each at a time, and prints `{ rate, p50, p99, failed }` (times in
 * milliseconds) as JSON: node predict-load.mjs PORT PATH BODY-FILE CONNECTIONS SECONDS
 */
const [port, path, bodyFile, connections, seconds] = process.argv.slice(2)
const body = readFileSync(bodyFile)
const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
const request = Buffer.concat([Buffer.from(head), body])
const okay = Buffer.from('HTTP/1.1 200')
const times = []
let failed = 0
const started = performance.now()
const end = started + Number(seconds) * 1000

await Promise.all(Array.from({ length: Number(connections) }, keepAsking))
times.sort((a, b) => a - b)
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
const rate = times.length / ((performance.now() - started) / 1000)
process.stdout.write(JSON.stringify({ rate, p50: at(0.5), p99: at(0.99), failed }))

function keepAsking() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1')
    let asked = 0
    let answer = Buffer.alloc(0)
    const ask = () => {
      asked = performance.now()
      socket.write(request)
    }
    socket.setNoDelay(true).on('connect', ask).on('error', reject)
    socket.on('data', (chunk) => {
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk])
      const length = wholeLength(answer)
      if (length === undefined || answer.length < length) return
      if (!answer.subarray(0, 12).equals(okay)) failed++
      answer = answer.subarray(length)
      const now = performance.now()
      times.push(now - asked)
      if (now < end) ask()
      else socket.end(resolve)
    })
  })
}

/** Bytes of the answer that starts here, once its head is there. */
function wholeLength(bytes) {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [, length] = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, headEnd)) ?? []
  return headEnd + 4 + Number(length)
}
