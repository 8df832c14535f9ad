import { readConfig } from './config.ts'
import { Interruption } from './host/host.ts'
import { localMachine } from './machine/local-machine.ts'
import { runHost } from './run-host.ts'

/**
 * The program on every host: `main.js --host-directory DIR [--model-server PATH] [--environments DIR]`. SIGTERM asks it
 * to stop; SIGUSR2 takes the machine away, as spot capacity is.
 */
async function main(): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
  process.on('SIGUSR2', () => stop.abort(new Interruption()))
  // The host outlives the terminal that its server was started in.
  process.on('SIGHUP', () => {})
  const config = readConfig(process.argv.slice(2), process.env)
  await runHost(config, { machine: localMachine(config), stop: stop.signal, crash: crash() })
}

/** Rejects with an error that nobody caught. */
function crash(): Promise<never> {
  return new Promise((_resolve, reject) => {
    process.on('uncaughtException', (error) => {
      console.error(error)
      reject(error)
    })
  })
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(`sagebrush-agent: error: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  },
)
