import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { callEngine } from '../../containers/call-engine.ts'
import { servingPort } from '../../containers/create-arguments.ts'

/**
 * A container in the place of a model server: `container-server.js '{"engine": […], "name": "…", "create": […]}'` makes
 * and starts it, says where it is to be reached, and ends as it ends. The engine's client, in the same process group,
 * hands signals on to it.
 */
interface Spec {
  readonly engine: readonly string[]
  readonly name: string
  /** Arguments of the engine that make the container. */
  readonly create: readonly string[]
}

const { engine, name, create }: Spec = JSON.parse(process.argv[2] ?? '{}')
const call = (args: readonly string[], timeoutSeconds: number) =>
  callEngine([...engine, ...args], {
    timeoutSeconds,
    onError: (bytes) => process.stderr.write(bytes),
  })

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {})
// What a client that was killed has left.
await callEngine([...engine, 'rm', '--force', '--volumes', name], { timeoutSeconds: 60 })
const made = await call(create, 6 * 3600)
if (made.exitCode !== 0) fail(made.error)
const [program = '', ...args] = engine
const client = spawn(program, [...args, 'start', '--attach', name], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
client.once('close', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)))
client.once('error', (error) => fail(error.message))
for (;;) {
  const { output } = await callEngine([...engine, 'port', name, `${servingPort}/tcp`], {
    timeoutSeconds: 60,
  })
  const [, port] = /^127\.0\.0\.1:(\d+)$/m.exec(output) ?? []
  if (port !== undefined) {
    console.log(`sagebrush-model-server: listening on 127.0.0.1:${port}`)
    break
  }
  await delay(100)
}

function fail(words: string): never {
  console.error(`sagebrush-model-server: error: ${words.trim().split('\n').at(-1) ?? ''}`)
  process.exit(1)
}
