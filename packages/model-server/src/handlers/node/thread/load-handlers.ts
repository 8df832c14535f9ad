import * as nodeModule from 'node:module'
import type { Handler, InputHandler, OutputHandler } from '../handler-api.ts'
import type { ThreadData } from '../messages.ts'
import * as hooks from './module-hooks.ts'

export type Handlers =
  | { readonly style: 'single'; readonly handler: Handler }
  | { readonly style: 'pair'; readonly inputHandler: InputHandler; readonly outputHandler: OutputHandler }

/** Imports the script. Rejects with what the script throws, or with TypeError where a function is missing. */
export async function loadHandlers({
  script,
  packages,
}: Pick<ThreadData, 'script' | 'packages'>): Promise<Handlers> {
  installHooks({
    codeDirectory: new URL('.', script).href,
    packages,
    api: new URL('../handler-api.js', import.meta.url).href,
  })
  return pickHandlers(await import(script))
}

/** `handler` alone, or both others; names as in TypeScript or as in Python. Throws TypeError. */
export function pickHandlers(module: Readonly<Record<string, unknown>>): Handlers {
  const named = (...names: string[]): unknown =>
    names.map((name) => memberOf(module, name)).find((value) => value !== undefined)
  const handler = named('handler')
  if (isFunction<Handler>(handler)) return { style: 'single', handler }
  const inputHandler = named('inputHandler', 'input_handler')
  const outputHandler = named('outputHandler', 'output_handler')
  if (isFunction<InputHandler>(inputHandler) && isFunction<OutputHandler>(outputHandler)) {
    return { style: 'pair', inputHandler, outputHandler }
  }
  const missing = [
    ...(isFunction(inputHandler) ? [] : ['inputHandler']),
    ...(isFunction(outputHandler) ? [] : ['outputHandler']),
  ]
  throw new TypeError(
    `it must export the function handler, or inputHandler and outputHandler; ${missing.join(' and ')} missing`,
  )
}

/** A CommonJS module has all its exports in `default`. */
function memberOf(module: Readonly<Record<string, unknown>>, name: string): unknown {
  const { default: whole } = module
  return module[name] ?? (typeof whole === 'object' && whole !== null ? Reflect.get(whole, name) : undefined)
}

// biome-ignore lint/complexity/noBannedTypes: any function, whatever it takes
const isFunction = <Type = Function>(value: unknown): value is Type => typeof value === 'function'

/** Node's hooks in this thread, which its types for Node 20 do not know. */
type RegisterHooks = (hooks: Pick<typeof import('./module-hooks.ts'), 'resolve' | 'load'>) => void

function installHooks(settings: hooks.HookSettings): void {
  const registerHooks: RegisterHooks | undefined = Reflect.get(nodeModule, 'registerHooks')
  if (registerHooks) {
    hooks.initialize(settings)
    registerHooks({ resolve: hooks.resolve, load: hooks.load })
  } else {
    nodeModule.register('./module-hooks.js', import.meta.url, { data: settings })
  }
  // For stack traces of what had to be rewritten.
  process.setSourceMapsEnabled(true)
}
