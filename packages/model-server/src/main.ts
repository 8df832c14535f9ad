import { type Config, ConfigError, readConfig, usage } from './config.ts'
import { type ModelServer, startModelServer } from './server.ts'

const name = 'sagebrush-model-server'
const [command, ...flags] = process.argv.slice(2)

if (command === '--help' || command === 'help' || flags.includes('--help')) console.log(usage)
else if (command === 'serve') await serve()
else fail(new ConfigError(`unknown command ${command ?? '(none)'}\n${usage}`))

async function serve(): Promise<void> {
  try {
    // TensorFlow reads it when it is loaded, and would otherwise greet on stderr.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '1'
    const config = readConfig(flags, process.env)
    const libraryPath = config.libraryPath ?? (await installedLibrary(config))
    const server = await startModelServer({ ...config, libraryPath })
    console.log(`${name}: listening on ${server.host}:${server.port}`)
    stopOnSignal(server)
    await server.ready
  } catch (error) {
    fail(error)
  }
}

/** Loaded only here: a server that is told its library needs nothing of environments. */
async function installedLibrary({ cacheDirectory }: Config): Promise<string> {
  const { prepareEnvironment } = await import('@sagebrush/environments')
  const onProgress = (line: string): void => console.error(line)
  const options = { cacheDirectory, variables: process.env, onProgress }
  const { libtensorflow } = await prepareEnvironment({ purpose: 'inference' }, options)
  if (libtensorflow === undefined) throw new ConfigError('the installed TensorFlow has no C library')
  return libtensorflow
}

function stopOnSignal(server: ModelServer): void {
  const stop = (): void => {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
    server[Symbol.asyncDispose]().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/** One line that says what is wrong; the process ends at once, whatever is under way. */
function fail(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${name}: error: ${reason}\n`)
  process.exit(1)
}
