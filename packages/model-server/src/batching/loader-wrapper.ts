import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Loader } from '../servable.ts'
import { StatusError } from '../status.ts'
import type { BatchObserver, BatchScheduler } from './batch-scheduler.ts'
import { batched, createBatchScheduler } from './batched.ts'
import { type BatchingOptions, batchingOptions } from './options.ts'
import { parseBatchingParameters } from './parameters.ts'

/** What a server is told about batching. */
export interface BatchingSettings {
  /** A BatchingParameters text proto; its settings come before `parameters`. */
  readonly parametersFile: string | undefined
  readonly parameters: Partial<BatchingOptions>
  /** Each version's `batching_params.pbtxt` says all but the threads; a version without one is not batched. */
  readonly isPerModel: boolean
}

export interface BatchingMachine {
  readonly processors: number
  readonly queueTimeoutMillis: number
  readonly observe?: BatchObserver | undefined
}

/** What becomes of the loader of a version in that directory. */
export type LoaderWrapper = (loader: Loader, directory: string) => Loader

/**
 * Loaders of servables that join their runs, all on the same threads. Without settings loaders stay as they are.
 * Throws StatusError for a file that is not there or wrong: NOT_FOUND, INVALID_ARGUMENT.
 */
export async function loaderWrapper(
  settings: BatchingSettings | undefined,
  { processors, queueTimeoutMillis, observe }: BatchingMachine,
): Promise<LoaderWrapper> {
  if (!settings) return (loader) => loader
  const { parametersFile, parameters, isPerModel } = settings
  const fromFile = parametersFile === undefined ? {} : await readParameters(parametersFile)
  const options = batchingOptions({ queueTimeoutMillis, ...parameters, ...fromFile }, processors)
  const scheduler = createBatchScheduler(options, observe)
  if (isPerModel) return (loader, directory) => ownParameters(loader, { directory, options, scheduler })
  return (loader) => ({
    id: loader.id,
    load: async () => batched(await loader.load(), options, scheduler),
  })
}

interface OwnParameters {
  readonly directory: string
  readonly options: BatchingOptions
  readonly scheduler: BatchScheduler
}

/** Source: TensorFlow Serving, --enable_per_model_batching_parameters. */
function ownParameters(loader: Loader, { directory, options, scheduler }: OwnParameters): Loader {
  return { id: loader.id, load }

  async function load() {
    const own = await readParameters(join(directory, 'batching_params.pbtxt')).catch(unlessMissing)
    const { batchThreads, queueTimeoutMillis } = options
    const complete = own && batchingOptions({ ...own, batchThreads, queueTimeoutMillis }, batchThreads)
    const servable = await loader.load()
    return complete ? batched(servable, complete, scheduler) : servable
  }
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof StatusError) || error.code !== 'NOT_FOUND') throw error
}

async function readParameters(path: string): Promise<Partial<BatchingOptions>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const isMissing = error.code === 'ENOENT'
    const reason = isMissing ? 'No such file or directory' : error.message
    throw new StatusError(isMissing ? 'NOT_FOUND' : 'INVALID_ARGUMENT', `${path}; ${reason}`, {
      cause: error,
    })
  })
  try {
    return parseBatchingParameters(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StatusError('INVALID_ARGUMENT', `${path}: ${reason}`, { cause })
  }
}
