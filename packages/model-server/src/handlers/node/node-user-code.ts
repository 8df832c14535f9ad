import { realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FaceResponse } from '../../faces/http.ts'
import type { ContainerLevel } from '../../formats/container-rules.ts'
import type { FoundNodeCode } from '../find-user-code.ts'
import type { UserCodeOptions } from '../start-user-code.ts'
import { type UserCode, type UserCodeCall, UserCodeError } from '../user-code.ts'
import { answerOf, modelErrorAnswer, type Telling } from './answers.ts'
import type { Step, StepEnd } from './step.ts'
import { startThreadPool, type ThreadPool } from './thread-pool.ts'

/** Runs in a thread: the built file, also where this one runs as a source. */
const program = new URL('../../../dist/handlers/node/thread/program.js', import.meta.url)
/** Of one thread's JavaScript where no limit is set; buffers lie outside it. */
const defaultHeapBytes = 2 ** 31

/** Loading may take longer than a request is allowed to. */
const leastLoadSeconds = 60

/**
 * `code/inference.ts` or its like, in threads of this process. Throws UserCodeError: with npm's reason, or why the
 * script cannot be loaded.
 */
export async function startNodeUserCode(
  { directory, script }: FoundNodeCode,
  options: UserCodeOptions,
): Promise<UserCode> {
  const { rules, workers, handlerSeconds, answerSeconds, log, memoryLimitBytes, prepareNode, signal } =
    options
  const { packages, variables } = (await prepareNode?.(directory, signal)) ?? {}
  const name = `code/${basename(script)}`
  const settings = {
    program,
    script: pathToFileURL(await realpath(script)).href,
    packages,
    variables,
    heapMegabytes: Math.max(Math.floor((memoryLimitBytes ?? defaultHeapBytes) / 2 ** 20), 1),
    log,
    threads: workers,
    loadMillis: Math.max(handlerSeconds, leastLoadSeconds) * 1000,
    handlerMillis: handlerSeconds * 1000,
    answerMillis: answerSeconds * 1000,
  }
  const pool = await startThreadPool(settings, signal).catch((cause: Error) => {
    throw new UserCodeError(`${name}: ${cause.message}`, { cause })
  })
  const telling = { name, handlerSeconds, answerSeconds }
  const answer = pool.style === 'single' ? answerSingle : answerPair
  return {
    answer: (call) => answer(pool, call, { ...telling, level: rules.level }),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

type Answering = Telling & { readonly level: ContainerLevel }

async function answerSingle(pool: ThreadPool, call: UserCodeCall, telling: Answering): Promise<FaceResponse> {
  const { body } = call.request
  return answerOf(await run(pool, call, { kind: 'request', body }, performance.now()), telling)
}

/** `inputHandler`, the model, `outputHandler`. */
async function answerPair(pool: ThreadPool, call: UserCodeCall, telling: Answering): Promise<FaceResponse> {
  const { body } = call.request
  const cameAt = performance.now()
  const first = await run(pool, call, { kind: 'request', body }, cameAt)
  if (first.kind !== 'input') return answerOf(first, telling)
  const response = await call.callModel(first.body)
  if (telling.level === '2.20' && response.status !== 200) {
    first.input.thread.forget(first.input.step)
    return modelErrorAnswer(response)
  }
  const second = await run(pool, call, { kind: 'output', response, input: first.input }, cameAt)
  return answerOf(second, telling)
}

function run(
  pool: ThreadPool,
  { context, callModel, request: { isAbandoned } }: UserCodeCall,
  given: Step['given'],
  cameAt: number,
): Promise<StepEnd> {
  return new Promise((settle) => pool.run({ given, context, callModel, isAbandoned, cameAt, settle }))
}
