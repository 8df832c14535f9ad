import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { lineSplitter } from '../../logs/line-splitter.ts'
import { joinSockets } from './join-sockets.ts'

/**
 * The far end of a bridge: `relay.js SOCKET ADDRESS command…`, in a network of its own. Runs the command, a model
 * server, and leads the socket to where it listens. In its words ADDRESS takes the place of that.
 */
const [path = '', address = '', program = '', ...args] = process.argv.slice(2)

const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
// The whole group is asked to end: the server hears of it by itself, and this lives as long as it does.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {})
child.once('error', (error) => {
  console.error(`sagebrush-model-server: error: ${error.message}`)
  process.exit(1)
})
child.once('close', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)))
pass(child.stdout, process.stdout)
pass(child.stderr, process.stderr)

/** Line by line, so that the one that tells the port is seen. */
function pass(from: Readable, to: Writable): void {
  const splitter = lineSplitter(1 << 20)
  from.on('data', (bytes: Uint8Array) => {
    for (const line of splitter.push(bytes)) say(line, to)
  })
  from.once('end', () => {
    for (const line of splitter.end()) say(line, to)
  })
}

function say(line: string, to: Writable): void {
  const [, host, port] = /^sagebrush-model-server: listening on (.+):(\d+)$/.exec(line) ?? []
  if (host === undefined) to.write(`${line}\n`)
  else open(host, Number(port), () => to.write(`sagebrush-model-server: listening on ${address}\n`))
}

function open(host: string, port: number, done: () => void): void {
  rmSync(path, { force: true })
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    joinSockets(socket, connect({ host, port, allowHalfOpen: true }))
  })
  server.listen(path, done)
}
