import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContainerRules } from '../formats/container-rules.ts'
import type { UserCode } from '../handlers/user-code.ts'
import { startHttpServer } from '../http/http-server.ts'
import { inlineLane } from '../lanes/lane.ts'
import { createManager } from '../lifecycle/manager.ts'
import { invokeModel } from '../multi-model/invoke-model.ts'
import { LoadedModels, type LoadedModelsOptions } from '../multi-model/loaded-models.ts'
import { modelMemory } from '../multi-model/model-memory.ts'
import { modelsFace } from '../multi-model/models-face.ts'
import { createPredictService } from '../prediction/predict-service.ts'
import { plainLoader } from './plain-servable.ts'

export interface PlainMultiModelServer extends AsyncDisposable {
  readonly url: string
  readonly models: LoadedModels
  /** Makes `<name>/1/saved_model.pb`, which the plain loader does not look into, and returns the model's directory. */
  modelDirectory(name: string, files?: Readonly<Record<string, string>>): Promise<string>
}

export interface PlainMultiModelOptions extends Partial<Omit<LoadedModelsOptions, 'manager' | 'ownPorts'>> {
  readonly rules?: Partial<ContainerRules>
  readonly universalCode?: UserCode
}

/** The real face of many models on a real port, over models without TensorFlow. */
export async function startPlainMultiModelServer({
  rules: given,
  universalCode,
  ...options
}: PlainMultiModelOptions = {}): Promise<PlainMultiModelServer> {
  const root = await mkdtemp(join(tmpdir(), 'sagebrush-multi-model-'))
  const rules: ContainerRules = { level: '2.19', isStrict: false, ...given }
  const manager = createManager({ loadsAtOnce: 2 })
  const service = createPredictService(manager, inlineLane)
  const models = new LoadedModels({
    manager,
    loader: ({ model, version }) => plainLoader(model, version),
    slots: undefined,
    ownPorts: { rest: 8501, grpc: 9000 },
    memory: modelMemory({ limitBytes: undefined, freeBytes: () => Number.POSITIVE_INFINITY }),
    returned: { loading: () => ({ [Symbol.dispose]: () => undefined }), giveBack: () => undefined },
    loadSeconds: 20,
    startCode: async () => undefined,
    log: () => undefined,
    ...options,
  })
  const invoke = invokeModel({ service, rules, ports: { rest: 8501, grpc: 9000 }, universalCode })
  const face = modelsFace({ service, models, rules, invoke })
  const http = await startHttpServer({ host: '127.0.0.1', port: 0, bodyLimitBytes: 1024 * 1024, face })
  return {
    models,
    url: `http://127.0.0.1:${http.port}`,
    async modelDirectory(name, files = {}) {
      const directory = join(root, name)
      await mkdir(join(directory, '1'), { recursive: true })
      await writeFile(join(directory, '1', 'saved_model.pb'), '')
      for (const [path, text] of Object.entries(files)) {
        await mkdir(join(directory, path, '..'), { recursive: true })
        await writeFile(join(directory, path), text)
      }
      return directory
    },
    async [Symbol.asyncDispose]() {
      await http.close(0)
      await models[Symbol.asyncDispose]()
      await manager[Symbol.asyncDispose]()
      await rm(root, { recursive: true })
    },
  }
}
