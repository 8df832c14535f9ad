import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Config,
  ConfigError,
  cacheDirectory,
  readConfig,
  readLogFormat,
  usage,
} from './configuration/config.ts'
import { readServingConfig } from './configuration/serving-config.ts'
import { servingUsage } from './flags/serving-flags.ts'
import type { PrepareNode } from './handlers/start-user-code.ts'
import { openAddresses } from './logs/open-addresses.ts'
import { type Logs, openLogs } from './logs/open-logs.ts'
import { supervise } from './supervisor/supervise.ts'
import { tellSupervisor } from './supervisor/supervised.ts'

const name = 'sagebrush-model-server'
const isSupervised = process.argv[2] === 'supervised'
const given = process.argv.slice(isSupervised ? 3 : 2)
const [command, ...flags] = given
// TensorFlow reads it when it is loaded, and would otherwise greet on stderr.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '1'

// Whoever reads the log may go away: that ends no server.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
await start().catch(fail)

async function start(): Promise<void> {
  if (command === 'serve') return flags.includes('--help') ? print(usage) : serveContainer()
  if (command === 'help' || given.some((flag) => /^--help(=true)?$/.test(flag))) return print(servingUsage)
  if (given.some((flag) => /^--version(=true)?$/.test(flag))) return print(`${name} ${version()}`)
  if (command?.startsWith('--')) return serveModels()
  throw new ConfigError(`unknown command ${command ?? '(none)'}\n${servingUsage}`)
}

/** The SageMaker container's way: the models of one directory, ready when /ping says so. */
async function serveContainer(): Promise<void> {
  // As in the container; user code inherits it.
  process.env.OMP_NUM_THREADS ??= '1'
  const [{ startModelServer }, { startMultiModelServer }, { pythonPreparer }, { installPackages }] =
    await Promise.all([
      import('./servers/server.ts'),
      import('./servers/multi-model-server.ts'),
      import('./handlers/python/prepare-python.ts'),
      import('./handlers/node/install-packages.ts'),
    ])
  const config = readConfig(flags, process.env)
  const logs = openLogs({ ...config, format: config.logFormat })
  if (config.restartsOnCrash && !isSupervised) return runSupervised(logs)
  const libraryPath = config.libraryPath ?? (await installedLibrary(config))
  giveModelsOwnThreads(config)
  const log = logs.userCode
  const prepareNode: PrepareNode = async (codeDirectory, signal) => {
    const variables = process.env
    return {
      packages: await installPackages({ ...config, codeDirectory, variables, log, signal }),
      variables,
    }
  }
  const { multiModel } = config
  const { cacheDirectory: cache, tensorflowVersion: tensorflow, pythonVersion: python } = config
  const environment = { cacheDirectory: cache, tensorflow, python, variables: process.env }
  const preparePython = pythonPreparer({ ...environment, workDirectory: () => workDirectory(config), log })
  const options = { ...config, libraryPath, logs, newId: randomUUID, log, preparePython, prepareNode }
  // TensorFlow would keep what unloaded models used: it reads this when it is loaded.
  if (multiModel) process.env.TF_ONEDNN_USE_SYSTEM_ALLOCATOR ??= 'true'
  const server = multiModel
    ? await startMultiModelServer({ ...options, multiModel })
    : await startModelServer(options)
  stopOnSignal(async () => server[Symbol.asyncDispose]())
  await tellSupervisor({ portFlags: ['--port', String(server.port)] })
  logs.announce(`listening on ${server.host}:${server.port}`)
  await server.ready
}

/**
 * tensorflow_model_server's way: ports open once every model is there. A process of its own serves, unless it is told
 * not to, and this one starts it again where it crashes.
 */
async function serveModels(): Promise<void> {
  const config = readServingConfig(given)
  const logs = openLogs({
    format: readLogFormat(config.flags.text('log_format')),
    logsAccess: config.flags.boolean('access_log'),
  })
  if (config.flags.boolean('restart_on_crash') && !isSupervised) return runSupervised(logs)
  const log = (line: string): void => logs.events.info(line)
  const { startServingServer } = await import('./servers/serving-server.ts')
  for (const remark of config.remarks) log(remark)
  giveModelsOwnThreads(config)
  const started = new AbortController()
  const closeOnSignalBy = stopOnSignal(async () =>
    started.abort(new ConfigError('stopped before the models were loaded')),
  )
  const libraryPath =
    config.flags.text('libtensorflow') ||
    process.env.SAGEBRUSH_LIBTENSORFLOW ||
    (await installedLibrary({
      cacheDirectory: cacheDirectory(process.env),
      tensorflowVersion: config.flags.text('tensorflow_version') || undefined,
    }))
  const server = await startServingServer({
    ...{ config, libraryPath, log, logs, newId: randomUUID },
    signal: started.signal,
  })
  closeOnSignalBy(async () => server[Symbol.asyncDispose]())
  const { port } = server.grpc
  const ports = { port, rest_api_port: server.rest?.port }
  await tellSupervisor({
    portFlags: Object.entries(ports).flatMap(([flag, value]) =>
      value === undefined ? [] : `--${flag}=${value}`,
    ),
  })
  const host = config.flags.text('host') || '0.0.0.0'
  const { socketPath } = config.grpc
  const addresses = openAddresses({ grpc: { host, port, socketPath }, rest: server.rest })
  for (const line of addresses) logs.announce(line)
}

async function runSupervised({ events }: Logs): Promise<never> {
  const log = (line: string): void => events.error(line)
  process.exit(await supervise({ main: fileURLToPath(import.meta.url), args: given, log }))
}

/** A temporary folder goes with the process. */
async function workDirectory({ workDirectory: given }: Config): Promise<string> {
  const directory = given ?? mkdtempSync(join(tmpdir(), 'sagebrush-handlers-'))
  mkdirSync(directory, { recursive: true })
  if (given === undefined) process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Loaded only here: a server that is told its library needs nothing of environments. */
async function installedLibrary({
  cacheDirectory: cache,
  tensorflowVersion: tensorflow,
  pythonVersion: python,
}: Pick<Config, 'cacheDirectory'> & Partial<Config>): Promise<string> {
  const { prepareEnvironment } = await import('@sagebrush/environments')
  const onProgress = (line: string): void => console.error(line)
  const options = { cacheDirectory: cache, variables: process.env, onProgress }
  const wanted = { ...(tensorflow && { tensorflow }), ...(python && { python }) }
  const { libtensorflow } = await prepareEnvironment({ ...wanted, purpose: 'inference' }, options)
  if (libtensorflow === undefined) throw new ConfigError('the installed TensorFlow has no C library')
  return libtensorflow
}

/** TensorFlow looks at it when the first model is loaded: otherwise that one's threads are everybody's. */
function giveModelsOwnThreads({ intraOpThreads }: Pick<Config, 'intraOpThreads'>): void {
  if (intraOpThreads === 'measured') process.env.TF_OVERRIDE_GLOBAL_THREADPOOL ??= 'true'
}

/**
 * `disconnect`: the supervisor is gone, and nobody else would end this process. Returns what changes how it is closed: a
 * signal that comes while listeners are exchanged would be lost.
 */
function stopOnSignal(close: () => Promise<void>): (closeNow: () => Promise<void>) => void {
  const ends = ['SIGTERM', 'SIGINT', 'disconnect']
  let latest = close
  const stop = (): void => {
    for (const end of ends) process.off(end, stop)
    latest().then(() => process.exit(0), fail)
  }
  for (const end of ends) process.on(end, stop)
  return (closeNow) => {
    latest = closeNow
  }
}

async function print(text: string): Promise<void> {
  console.log(text)
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

/** One line that says what is wrong; the process ends at once, whatever is under way. */
function fail(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${name}: error: ${reason}\n`)
  process.exit(1)
}
