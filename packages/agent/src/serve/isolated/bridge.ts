import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { joinSockets } from './join-sockets.ts'

/** A way into a network of a model server's own: sockets of the file system cross where addresses do not. */
export interface Bridge extends AsyncDisposable {
  /** The command to be run in that network; it says that it listens on an address which this machine reaches. */
  wrap(command: readonly string[]): string[]
}

const relay = fileURLToPath(new URL('../../../dist/serve/isolated/relay.js', import.meta.url))

/** Opens the near end; it stays where it is though the far end comes and goes. */
export async function openBridge(): Promise<Bridge> {
  // Not in the host's folder: the path of a socket holds 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'sagebrush-'))
  const far = join(folder, 'socket')
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    open.add(near)
    near.once('close', () => open.delete(near))
    joinSockets(near, connect({ path: far, allowHalfOpen: true }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    wrap: (command) => [process.execPath, relay, far, address, ...command],
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
