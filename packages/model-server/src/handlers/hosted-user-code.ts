import type { ModelPorts } from '../faces/user-code-face.ts'
import type { ContainerRules } from '../formats/container-rules.ts'
import type { PredictService } from '../prediction/predict-service.ts'
import type { FoundUserCode } from './find-user-code.ts'
import { openModelPorts } from './model-ports.ts'
import type { HandlerSettings } from './settings.ts'
import { type PrepareNode, type PreparePython, startUserCode } from './start-user-code.ts'
import type { UserCode } from './user-code.ts'

/** The user code of a server with one set of models. */
export interface HostedUserCode extends AsyncDisposable {
  readonly ports: ModelPorts
  /** False: packages alone. */
  readonly hasScript: boolean
  /** Undefined until it has started. */
  readonly userCode: () => UserCode | undefined
  /** Throws UserCodeError. */
  readonly start: () => Promise<void>
}

export interface HostedUserCodeOptions extends ContainerRules {
  readonly handlers: HandlerSettings
  readonly modelPorts: readonly ModelPorts[]
  readonly bodyLimitBytes: number
  readonly drainSeconds: number
  readonly log: (line: string) => void
  readonly preparePython: PreparePython
  readonly prepareNode?: PrepareNode | undefined
}

/** Opens the ports that handlers reach the models at; the code itself is started when the models are there. */
export async function hostUserCode(
  code: FoundUserCode,
  service: PredictService,
  {
    level,
    isStrict,
    handlers,
    modelPorts,
    log,
    preparePython,
    prepareNode,
    ...limits
  }: HostedUserCodeOptions,
): Promise<HostedUserCode> {
  const ports = await openModelPorts(service, { ...limits, pairs: modelPorts, log })
  const closing = new AbortController()
  let running: Promise<UserCode> | undefined
  let userCode: UserCode | undefined
  return {
    ports,
    hasScript: code.script !== undefined,
    userCode: () => userCode,
    async start() {
      const rules = { level, isStrict }
      const { signal } = closing
      const prepare = { preparePython, prepareNode }
      running = startUserCode(code, { ...handlers, ...prepare, rules, isMultiModel: false, log, signal })
      userCode = await running
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      const started = await running?.catch(() => undefined)
      await started?.[Symbol.asyncDispose]()
      await ports[Symbol.asyncDispose]()
    },
  }
}
