import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FaceResponse } from '../faces/http.ts'
import { defaultRules } from '../formats/container-rules.ts'
import { findUserCode } from '../handlers/find-user-code.ts'
import { startNodeUserCode } from '../handlers/node/node-user-code.ts'
import { readHandlerSettings } from '../handlers/settings.ts'
import type { UserCodeOptions } from '../handlers/start-user-code.ts'
import type { HandlerContext } from '../handlers/user-code.ts'

export interface NodeCode extends AsyncDisposable {
  /** What a request is answered. `model` stands for the model: by default it gives back what it is asked. */
  readonly ask: (body: string | Uint8Array, more?: Asked) => Promise<Answered>
  /** Lines of the log. */
  readonly logged: readonly string[]
  readonly directory: string
}

export interface Asked {
  readonly context?: Partial<HandlerContext>
  readonly model?: (body: string) => Pick<FaceResponse, 'status'> & { readonly text: string }
}

export interface Answered {
  readonly status: number
  readonly type: string | undefined
  readonly text: string
}

/** Handlers in their threads, by path below `code/`, without a server around them. Rejects as the code does. */
export async function startNodeCode(
  files: Readonly<Record<string, string>>,
  options: Partial<UserCodeOptions> = {},
): Promise<NodeCode> {
  const directory = mkdtempSync(join(tmpdir(), 'sagebrush-node-code-'))
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, 'code', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const logged: string[] = []
  const remove = (): void => rmSync(directory, { recursive: true })
  try {
    const found = await findUserCode(directory)
    if (found?.language !== 'node') throw new Error('there is no code for Node')
    const code = await startNodeUserCode(found, {
      rules: defaultRules,
      isMultiModel: false,
      ...readHandlerSettings({}, '2.19'),
      log: (line) => logged.push(line),
      preparePython: () => Promise.reject(new Error('no Python')),
      signal: new AbortController().signal,
      ...options,
    })
    const ask: NodeCode['ask'] = async (body, { context = {}, model = same } = {}) => {
      const answer = await code.answer({
        request: {
          method: 'POST',
          target: '',
          header: () => undefined,
          isAbandoned: () => false,
          body: bytes(body),
        },
        context: { ...plainContext, ...context },
        callModel: async (asked) => {
          const { status, text } = model(Buffer.from(asked).toString())
          return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) }
        },
      })
      const text = Buffer.from(answer.body).toString()
      return { status: answer.status, type: answer.headers['content-type'], text }
    }
    const close = async (): Promise<void> => {
      await code[Symbol.asyncDispose]()
      remove()
    }
    return { ask, logged, directory, [Symbol.asyncDispose]: close }
  } catch (error) {
    remove()
    throw error
  }
}

const bytes = (body: string | Uint8Array): Uint8Array => (typeof body === 'string' ? Buffer.from(body) : body)

const same = (text: string) => ({ status: 200, text })

const plainContext: HandlerContext = {
  modelName: undefined,
  modelVersion: undefined,
  method: undefined,
  restUri: 'http://localhost:8501/v1/models/half:predict',
  grpcPort: 9000,
  customAttributes: undefined,
  requestContentType: 'application/json',
  acceptHeader: 'application/json',
  contentLength: undefined,
}
