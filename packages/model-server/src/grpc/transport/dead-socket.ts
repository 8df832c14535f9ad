import { once } from 'node:events'
import { lstat, rm } from 'node:fs/promises'
import { connect } from 'node:net'

/**
 * Removes the file of a Unix socket that nobody listens on: a server that was killed left it behind, and no other could
 * take its place. Everything else stays.
 */
export async function removeDeadSocket(path: string): Promise<void> {
  const isSocket = await lstat(path).then(
    (found) => found.isSocket(),
    () => false,
  )
  if (isSocket && (await isDeaf(path))) await rm(path, { force: true })
}

async function isDeaf(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}
