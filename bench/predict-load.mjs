import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Keeps connections busy with one POST each at a time, with a random pause of so many milliseconds on average between
 * two, and prints `{ rate, p50, p99, failed }` (times in milliseconds) as JSON:
 * node predict-load.mjs PORT PATH BODY-FILE CONNECTIONS SECONDS PAUSE
 */
const [port, path, bodyFile, connections, seconds, pause] = process.argv.slice(2)
const body = readFileSync(bodyFile)
const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
const request = Buffer.concat([Buffer.from(head), body])
const okay = Buffer.from('HTTP/1.1 200')
const times = []
let failed = 0
const clients = await Promise.all(Array.from({ length: Number(connections) }, open))
const started = performance.now()
const end = started + Number(seconds) * 1000
await Promise.all(clients.map(keepAsking))
times.sort((a, b) => a - b)
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
const rate = times.length / ((performance.now() - started) / 1000)
for (const { close } of clients) close()
process.stdout.write(JSON.stringify({ rate, p50: at(0.5), p99: at(0.99), failed }))

async function keepAsking({ ask }) {
  for (let now = performance.now(); now < end; now = performance.now()) {
    await ask()
    times.push(performance.now() - now)
    if (Number(pause) > 0) await delay(Math.random() * 2 * Number(pause))
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1')
    let answer = Buffer.alloc(0)
    let answered
    const ask = () => {
      socket.write(request)
      return new Promise((done) => {
        answered = done
      })
    }
    socket.on('connect', () => resolve({ ask, close: () => socket.end() })).on('error', reject)
    socket.setNoDelay(true).on('data', (chunk) => {
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk])
      const length = wholeLength(answer)
      if (length === undefined || answer.length < length) return
      if (!answer.subarray(0, 12).equals(okay)) failed++
      answer = answer.subarray(length)
      answered()
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
