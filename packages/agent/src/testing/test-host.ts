import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import type { AgentConfig } from '../config.ts'
import { Interruption } from '../host/host.ts'
import { type HostReport, hostFiles } from '../host/host-files.ts'
import type { Machine } from '../machine/machine.ts'
import type { HostPlan, ServePlan, TrainPlan } from '../plan/host-plan.ts'
import { runHost } from '../run-host.ts'
import { SmallServer } from './small-server.ts'

const stream = { group: '/aws/sagemaker/TrainingJobs', name: 'job/algo-1-1700000000' }

/** A host's folder, the server it talks to, and the agent's run in this process. */
export class TestHost implements AsyncDisposable {
  readonly directory: string
  readonly server: SmallServer
  /** What runs images of the user's own. */
  containers: AgentConfig['containers'] = { engine: [], options: [] }
  readonly #stop = new AbortController()
  #run: Promise<void> | undefined

  private constructor(server: SmallServer) {
    this.server = server
    this.directory = mkdtempSync(join(tmpdir(), 'sagebrush-host-'))
    mkdirSync(this.path('log'))
    writeFileSync(this.path(hostFiles.output), '')
    server.buckets.add('bucket')
  }

  static async create(): Promise<TestHost> {
    return new TestHost(await SmallServer.start())
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts)
  }

  /** Stores an object; also as a file of this machine when asked. */
  put(key: string, bytes: Uint8Array | string, where: 'remote' | 'local' = 'remote'): void {
    const name = `bucket/${key}`
    this.server.objects.set(name, Buffer.from(bytes))
    if (where === 'remote') return
    const path = this.path('objects', Buffer.from(key).toString('hex'))
    mkdirSync(this.path('objects'), { recursive: true })
    writeFileSync(path, bytes)
    this.server.localPaths.set(name, path)
  }

  /** Runs the plan to its end. */
  async run(plan: HostPlan, machine: Machine = plainMachine(), modelServer?: string): Promise<HostReport> {
    this.start(plan, machine, modelServer)
    return this.ended()
  }

  start(plan: HostPlan, machine: Machine = plainMachine(), modelServer?: string): void {
    writeFileSync(this.path('plan.json'), JSON.stringify(plan))
    this.#run = runHost(
      {
        directory: this.directory,
        environments: this.path('environments'),
        containers: this.containers,
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
        variables: { PATH: process.env.PATH, SERVER_SECRET: 'not for programs' },
        ...(modelServer === undefined ? {} : { modelServer }),
      },
      { machine, stop: this.#stop.signal, crash: new Promise<never>(() => {}) },
    )
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Takes the machine away. */
  interrupt(): void {
    this.#stop.abort(new Interruption())
  }

  async ended(): Promise<HostReport> {
    await this.#run
    return this.report()
  }

  report(): HostReport {
    return JSON.parse(readFileSync(this.path('report.json'), 'utf8'))
  }

  /** Waits until the condition holds of the latest report. */
  async until(what: string, holds: (report: HostReport) => boolean): Promise<HostReport> {
    return poll(what, () => {
      const report = this.#reportIfThere()
      return report !== undefined && holds(report) ? report : undefined
    })
  }

  output(): string {
    return readFileSync(this.path(hostFiles.output), 'utf8')
  }

  logLines(): string[] {
    return this.server.messages(stream.group, stream.name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await this.#run
    await this.server[Symbol.asyncDispose]()
    rmSync(this.directory, { recursive: true, force: true })
  }

  #reportIfThere(): HostReport | undefined {
    try {
      return this.report()
    } catch {
      return undefined
    }
  }
}

export async function poll<T>(what: string, find: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const found = find()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await delay(5)
  }
}

/** The machine as it is: its own Python, real paths. */
export function plainMachine(more: Partial<Machine> = {}): Machine {
  const executable = pythonPath()
  const environment = {
    name: 'plain',
    directory: '/nowhere',
    tensorflow: '2.19.0',
    python: '3.11',
    pythonVersion: '3.11.7',
    executable,
    sitePackages: '/nowhere',
    libtensorflow: '/nowhere/libtensorflow.so',
  }
  return {
    hasEnvironment: async () => true,
    prepareEnvironment: async () => environment,
    ownPython: async () => ({ executable, variables: {} }),
    privateRoot: async () => undefined,
    ...more,
  }
}

let foundPython: string | undefined
function pythonPath(): string {
  const script = 'import sys; print(sys.executable)'
  foundPython ??= execFileSync('python3', ['-c', script], { encoding: 'utf8' }).trim()
  return foundPython
}

export function trainPlan(host: TestHost, more: Partial<TrainPlan> = {}): TrainPlan {
  return {
    kind: 'train',
    ...common(host),
    cluster: { hosts: ['algo-1'], current: 'algo-1', networkInterface: 'eth0' },
    hyperParameters: {},
    channels: [],
    outputUri: 's3://bucket/out/job/output',
    stopGraceSeconds: 120,
    ...more,
  }
}

/** A plan for one script; its archive is put into the bucket. */
export function scriptPlan(
  host: TestHost,
  files: Readonly<Record<string, string>>,
  more: Partial<TrainPlan> = {},
): TrainPlan {
  host.put('source/sourcedir.tar.gz', archiveOf(files))
  const [program = ''] = Object.keys(files)
  return trainPlan(host, {
    ...more,
    hyperParameters: {
      sagemaker_program: JSON.stringify(program),
      sagemaker_submit_directory: '"s3://bucket/source/sourcedir.tar.gz"',
      ...more.hyperParameters,
    },
  })
}

export function servePlan(host: TestHost, more: Partial<ServePlan> = {}): ServePlan {
  return { kind: 'serve', ...common(host), ...more }
}

function common(host: TestHost) {
  return {
    name: 'job',
    arn: 'arn:aws:sagemaker:us-west-2:123456789012:training-job/job',
    region: 'us-west-2',
    endpoint: host.server.endpoint,
    image: '763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.19.0-cpu-py312',
    instanceType: 'ml.c5.xlarge',
    logStream: stream,
    environment: {},
  }
}

/** A gzip-compressed tar archive. */
export function archiveOf(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).map(([path, text]) => {
    const bytes = Buffer.from(text)
    const block = Buffer.alloc(512)
    new Header({ path, type: 'File', size: bytes.length, mode: 0o644, mtime: new Date(0) }).encode(block)
    return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}
