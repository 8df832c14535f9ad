import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeDeadSocket } from './dead-socket.ts'
import { startTransport } from './transport.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dead-socket-'))
})
afterAll(() => rm(folder, { recursive: true }))

const open = (socketPath: string) =>
  startTransport({
    ...{ host: '127.0.0.1', port: undefined, socketPath, limitBytes: 1000 },
    methods: { unary: new Map(), streams: new Map() },
  })

/** What a server leaves behind that is killed. */
async function deadSocket(path: string): Promise<void> {
  const program = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', program, path], { stdio: 'ignore' }), 'exit')
  await access(path)
}

test('a server takes the place of one that was killed', async () => {
  const path = join(folder, 'killed')
  await deadSocket(path)
  await (await open(path)).close(0)
})

test('a server that still listens keeps its socket', async () => {
  const path = join(folder, 'alive')
  const other = createServer().listen(path)
  await once(other, 'listening')
  await expect(open(path)).rejects.toThrow('EADDRINUSE')
  await access(path)
  other.close()
})

test('what is no socket stays', async () => {
  const path = join(folder, 'file')
  await writeFile(path, '')
  await removeDeadSocket(path)
  await access(path)
  await removeDeadSocket(join(folder, 'none'))
})
