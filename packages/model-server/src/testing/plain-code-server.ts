import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { serverFace } from '../faces/server-face.ts'
import { defaultRules } from '../formats/container-rules.ts'
import { findUserCode } from '../handlers/find-user-code.ts'
import { type HostedUserCodeOptions, hostUserCode } from '../handlers/hosted-user-code.ts'
import { readHandlerSettings } from '../handlers/settings.ts'
import { startHttpServer } from '../http/http-server.ts'
import { inlineLane } from '../lanes/lane.ts'
import { createManager } from '../lifecycle/manager.ts'
import { createPredictService } from '../prediction/predict-service.ts'
import { plainLoader } from './plain-servable.ts'

export interface PlainCodeServer extends AsyncDisposable {
  readonly url: string
  /** What the code has printed, and the server said about it. */
  readonly output: () => string
  readonly ports: { readonly rest: number; readonly grpc: number }
}

export interface PlainCodeOptions extends Partial<Omit<HostedUserCodeOptions, 'handlers'>> {
  /** By path below `code/`. */
  readonly files: Readonly<Record<string, string>>
  /** Of the container. */
  readonly variables?: Readonly<Record<string, string>>
}

/** half_plus_two without TensorFlow behind user code that runs on the machine's own Python. Rejects as the code does. */
export async function startPlainCodeServer({
  files,
  variables = {},
  preparePython = async () => ({ executable: 'python3', variables: process.env }),
  ...more
}: PlainCodeOptions): Promise<PlainCodeServer> {
  const directory = mkdtempSync(join(tmpdir(), 'sagebrush-code-'))
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, 'code', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const code = await findUserCode(directory)
  if (code === undefined) throw new Error('there is no user code')
  const log = openSync(join(directory, 'log'), 'a')
  const output = { stdout: log, stderr: log }
  const manager = createManager()
  await manager.load([plainLoader('half', 3), plainLoader('other', 1)])
  const service = createPredictService(manager, inlineLane)
  const rules = { ...defaultRules, ...more }
  const hosted = await hostUserCode(code, service, {
    ...{ bodyLimitBytes: 2 ** 26, drainSeconds: 1 },
    log: (line) => writeFileSync(log, `server: ${line}\n`),
    modelPorts: [],
    handlers: readHandlerSettings(variables, rules.level),
    ...rules,
    preparePython: async (wish, signal) => ({ ...(await preparePython(wish, signal)), output }),
  })
  const face = serverFace(service, { defaultModel: 'half', ...rules, userCode: hosted })
  const http = await startHttpServer({ host: '127.0.0.1', port: 0, bodyLimitBytes: 2 ** 26, face })
  const close = async (): Promise<void> => {
    await http.close(0)
    await hosted[Symbol.asyncDispose]()
    await manager[Symbol.asyncDispose]()
    closeSync(log)
    rmSync(directory, { recursive: true })
  }
  try {
    await hosted.start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: `http://127.0.0.1:${http.port}`,
    output: () => readFileSync(join(directory, 'log'), 'utf8'),
    ports: hosted.ports,
    [Symbol.asyncDispose]: close,
  }
}
