import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Closing } from './closing.ts'
import type { Compute } from './compute/compute.ts'
import { type GroupKind, nameOfGroup } from './compute/group-id.ts'
import { LocalCompute } from './compute/local.ts'
import { machineFacts } from './compute/room/machine.ts'
import { sizeOf } from './compute/room/size.ts'
import { completeConfig, type ServerConfig, type ServerOptions } from './config.ts'
import { loadCredentials, type ServerCredentials } from './identity/credentials.ts'
import { type Listener, listen } from './listen.ts'
import { LogStore } from './logs/store/log-store.ts'
import { sqliteMetricStore } from './metrics/store/metric-store.ts'
import { openFilesystemStorage } from './objects/store/filesystem/filesystem-storage.ts'
import { Reconciler } from './reconcile/reconciler.ts'
import { openRecords, type Records } from './records.ts'
import { endpointLife } from './resources/endpoint/life.ts'
import { trainingJobLife } from './resources/training-job/life.ts'
import { InstanceClient } from './runtime/instance-client.ts'
import { readServerFile, removeServerFile, writeServerFile } from './server-file.ts'
import { mountServices, payloadLimitBytes } from './services.ts'
import { DirectoryInUse, openDatabase, type SqliteDatabase } from './store/sqlite.ts'
import { sqliteCollection } from './store/sqlite-collection.ts'

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8400` */
  readonly url: string
  readonly region: string
  readonly account: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Answers what is under way, then closes. Hosts live on, and the next server on the same data adopts them. */
  close(): Promise<void>
}

const clock = () => new Date()
const newId = () => randomBytes(6).toString('hex')

/**
 * Starts everything on one port. Throws ConfigError for an option that cannot be, DirectoryInUse where another server
 * has the data directory, and the system's error for an address that cannot be had.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const config = completeConfig(options)
  const closing = new Closing()
  try {
    return await start(config, closing)
  } catch (error) {
    await closing[Symbol.asyncDispose]()
    throw error
  }
}

async function start(config: ServerConfig, closing: Closing): Promise<RunningServer> {
  const { dataDirectory, region, account } = config
  const database = openData(dataDirectory)
  closing.defer(() => database.close())
  const credentials = await loadCredentials(dataDirectory, clock())
  const { accessKeyId, secretAccessKey, createdAt } = credentials
  const objects = await openFilesystemStorage({ database, directory: dataDirectory })
  const logStore = closing.use(await LogStore.open(join(dataDirectory, 'logs')))
  const compute = closing.use(await openCompute(config, credentials))
  const instances = closing.use(new InstanceClient())
  const records = openRecords(database)
  const metricStore = sqliteMetricStore(database)
  const stores = { records, objects, logStore, metricStore }
  const mounts = mountServices({ ...stores, instances, account, createdAt, clock, newId })
  const listeners = sqliteCollection<Listener>(database, 'listener')
  // One byte more than may be sent, so that what is too long is refused in the words of its service.
  const heldBodyLimitBytes = payloadLimitBytes + 1
  const http = await listen({ ...config, credentials, mounts, listeners, heldBodyLimitBytes, clock })
  closing.defer(() => http.close())
  const url = `http://${config.hostForAgents}:${http.port}`
  for (const reconciler of startReconcilers({ config, records, compute, url })) closing.use(reconciler)
  await writeServerFile(dataDirectory, { url, pid: process.pid, region, account })
  closing.defer(() => removeServerFile(dataDirectory))
  const close = () => closing[Symbol.asyncDispose]()
  return {
    url,
    region,
    account,
    credentials: { accessKeyId, secretAccessKey },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function openData(directory: string): SqliteDatabase {
  try {
    return openDatabase(directory)
  } catch (error) {
    const other = error instanceof DirectoryInUse ? readServerFile(directory) : undefined
    if (!other) throw error
    const where = `process ${other.pid}, ${other.url}`
    throw new DirectoryInUse(`data directory ${directory} is in use by another server (${where})`, {
      cause: error,
    })
  }
}

async function openCompute(config: ServerConfig, credentials: ServerCredentials): Promise<LocalCompute> {
  const { agentMain, modelServerMain, environmentsDirectory, containerEngine, containerOptions } = config
  const programs = ['--model-server', modelServerMain, '--environments', environmentsDirectory]
  const containers = [`--container-engine=${containerEngine}`, `--container-options=${containerOptions}`]
  const machine = await machineFacts(config.agentEnvironment)
  return LocalCompute.open({
    directory: join(config.dataDirectory, 'hosts'),
    agent: {
      command: process.execPath,
      args: [agentMain, ...programs, ...containers],
      environment: {
        ...config.agentEnvironment,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    },
    maxTrainGroups: config.maxJobs,
    sharing: { machine, sizeOf: (type) => sizeOf(type, machine.room, config.instanceTypes) },
  })
}

interface ReconcilerParts {
  readonly config: ServerConfig
  readonly records: Records
  readonly compute: Compute
  readonly url: string
}

function startReconcilers({ config, records, compute, url }: ReconcilerParts): readonly AsyncDisposable[] {
  const { jobs, endpoints, tags } = records
  const common = (kind: GroupKind) => ({
    clock,
    log: config.log,
    hints: (signal: AbortSignal) => changedNames(compute, kind, signal),
  })
  return [
    new Reconciler(trainingJobLife({ jobs, compute, clock, endpoint: url }), common('train')),
    new Reconciler(endpointLife({ endpoints, compute, tags, clock, newId, serverUrl: url }), common('serve')),
  ]
}

async function* changedNames(compute: Compute, kind: GroupKind, signal: AbortSignal): AsyncIterable<string> {
  for await (const id of compute.changes(signal)) {
    const name = nameOfGroup(kind, id)
    if (name !== undefined) yield name
  }
}
