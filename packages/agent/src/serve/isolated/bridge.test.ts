import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { privateRoot } from '@sagebrush/environments'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Bridge, openBridge } from './bridge.ts'

/** Stands in for a model server: echoes bodies, says what it sees of the network, ends with 7 when asked to. */
const server = `
const { networkInterfaces } = require('node:os')
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/network') response.end(Object.keys(networkInterfaces()).join())
  else request.pipe(response)
})
server.listen(0, '127.0.0.1', () => {
  console.log('before')
  console.error('sagebrush-model-server: listening on 127.0.0.1:' + server.address().port)
})
process.on('SIGTERM', () => process.exit(7))`

let bridge: Bridge
let folder = ''
let child: ChildProcess | undefined
beforeEach(async () => {
  bridge = await openBridge()
  folder = await mkdtemp(join(tmpdir(), 'sagebrush-bridge-'))
})
afterEach(async () => {
  if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  await bridge[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function start(): Promise<string> {
  const root = await privateRoot()
  const command = bridge.wrap([process.execPath, '-e', server])
  const [program = '', ...args] = root?.wrap(command, { mlDirectory: folder, isIsolated: true }) ?? command
  child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let said = ''
  for await (const bytes of child.stderr ?? []) {
    said += bytes
    const [, address] = /listening on (127\.0\.0\.1:\d+)\n/.exec(said) ?? []
    if (address !== undefined) return address
  }
  throw new Error(`it ended: ${said}`)
}

it('leads to a server in a network of its own, there and back', async () => {
  const address = await start()
  const seen = await (await fetch(`http://${address}/network`)).text()
  expect(seen).toBe('lo')
  const body = Buffer.alloc(3_000_000, 'sagebrush')
  const requests = Array.from({ length: 8 }, () => fetch(`http://${address}/echo`, { method: 'POST', body }))
  for (const response of await Promise.all(requests))
    expect(body.equals(Buffer.from(await response.arrayBuffer()))).toBe(true)
})

it('stays at its address while servers come and go, and ends with their exit code', async () => {
  const address = await start()
  const first = child
  process.kill(-(first?.pid ?? 0), 'SIGTERM')
  const [[code], words] = await Promise.all([
    once(first as ChildProcess, 'exit'),
    text(first?.stdout as never),
  ])
  expect([code, words]).toEqual([7, 'before\n'])
  await expect(fetch(`http://${address}/network`)).rejects.toThrow('fetch failed')
  expect(await start()).toBe(address)
  expect(await (await fetch(`http://${address}/network`)).text()).toBe('lo')
})
