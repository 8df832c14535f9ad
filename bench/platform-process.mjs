import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSession } from '@sagebrush/sdk'

/** A session of the server that was started on the data directory, once it answers. */
export async function connect(data, server) {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      const { url, pid } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8'))
      const credentials = JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8'))
      if (pid === server.pid) return createSession({ endpoint: url, region: 'us-west-2', credentials })
    } catch {
      await sleep(100)
    }
  }
  throw new Error('the server did not start')
}
