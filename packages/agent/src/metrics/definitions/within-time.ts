import { createContext, Script } from 'node:vm'

/** The work did not come to an end in time. */
export class OutOfTime extends Error {}

const context = createContext({ work: undefined })
const script = new Script('work()')

/**
 * Runs work that does not wait, and breaks it off when it takes longer, even within a regular expression. Throws
 * OutOfTime, and what the work throws.
 */
export function withinTime<T>(limitMilliseconds: number, work: () => T): T {
  context.work = work
  try {
    return script.runInContext(context, { timeout: limitMilliseconds })
  } catch (error) {
    if (isTimeout(error)) {
      throw new OutOfTime(`no end within ${limitMilliseconds} ms`, { cause: error })
    }
    throw error
  } finally {
    context.work = undefined
  }
}

/** It is an error of the context, whose class is not ours. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
