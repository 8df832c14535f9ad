import { delimiter } from 'node:path'
import type { FoundPythonCode } from '../find-user-code.ts'
import type { UserCodeOptions } from '../start-user-code.ts'
import type { UserCode } from '../user-code.ts'
import { needsServingApi } from './serving-api.ts'
import { defaultMemoryLimitBytes } from './worker/memory-growth.ts'
import { startWorkerTeam } from './worker/worker-team.ts'

/** What our environments have and the container's has not, where the script brings nothing. */
const hiddenPackages = ['PIL']

/**
 * Runs `inference.py` in processes of its own. `code/lib` goes before `requirements.txt`, which then is not installed.
 * Throws UserCodeError.
 */
export async function startPythonUserCode(
  code: FoundPythonCode & { readonly script: string },
  options: UserCodeOptions,
): Promise<UserCode> {
  const { libraries, directory, script } = code
  const { rules, isMultiModel, workers, handlerSeconds, answerSeconds, modelSeconds, log, signal } = options
  if (libraries !== undefined && code.requirements !== undefined) {
    log('loading inference.py from code/lib; code/requirements.txt is ignored')
  }
  const requirements = libraries === undefined ? code.requirements : undefined
  const wish = { requirements, needsServingApi: await needsServingApi(directory) }
  const program = await options.preparePython(wish, signal)
  const path = [directory, libraries, program.variables.PYTHONPATH].filter(Boolean).join(delimiter)
  return startWorkerTeam({
    ...{ rules, workers, handlerSeconds, answerSeconds, log, signal, directory },
    memoryLimitBytes: options.memoryLimitBytes ?? defaultMemoryLimitBytes(workers),
    program: { ...program, variables: { ...program.variables, PYTHONPATH: path } },
    settings: {
      script,
      isMultiModel,
      hands: options.concurrency,
      hidden: requirements === undefined ? hiddenPackages : [],
      ...(rules.level === '2.20' && { timeout: modelSeconds }),
    },
  })
}
