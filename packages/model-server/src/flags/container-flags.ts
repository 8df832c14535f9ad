import type { Flag, FlagKind } from './read-flags.ts'
import { runThreadHelp } from './run-thread.ts'

/** A flag whose value the container takes from a variable, where it has one. The flag wins. */
export interface ContainerFlag extends Flag {
  readonly variable?: string
}

const flag = (kind: FlagKind, fallback: string, help: string): ContainerFlag => ({ kind, fallback, help })
const flagOrVariable = (kind: FlagKind, variable: string, fallback: string, help: string): ContainerFlag => ({
  ...flag(kind, fallback, help),
  variable,
})

/** The settings of `serve`, in TensorFlow Serving's spelling, with the SageMaker container's variables. */
export const containerFlags: Readonly<Record<string, ContainerFlag>> = {
  model_dir: flag('text', '/opt/ml/model', 'unpacked model.tar.gz: 1/, <name>/1/ or export/Servo/1/ inside'),
  host: flag(
    'text',
    '',
    'address to listen on; otherwise 127.0.0.1, or 0.0.0.0 when started as the image is, without --model_dir',
  ),
  port: flagOrVariable('integer', 'SAGEMAKER_BIND_TO_PORT', '8080', 'port to listen on; 0 picks a free one'),
  libtensorflow: flagOrVariable(
    'text',
    'SAGEBRUSH_LIBTENSORFLOW',
    '',
    'path of libtensorflow_cc.so.2; otherwise TensorFlow is installed into the cache',
  ),
  cache_directory: flag(
    'text',
    '',
    'for managed environments; otherwise sagebrush in XDG_CACHE_HOME or ~/.cache',
  ),
  tensorflow_version: flag(
    'text',
    '',
    'of the managed environment that serves and runs inference.py; otherwise the newest',
  ),
  python_version: flag('text', '', "of the same environment; otherwise the machine's own"),
  work_directory: flag('text', '', 'for what inference.py installs for itself; otherwise a temporary one'),
  default_model_name: flagOrVariable(
    'text',
    'SAGEMAKER_TFS_DEFAULT_MODEL_NAME',
    '',
    'model for requests that name none; otherwise the first found',
  ),
  workers: flag('integer', '', 'threads for large requests; otherwise one per core, at most 8'),
  max_body_bytes: flag('integer', String(256 * 1024 * 1024), 'largest request body'),
  rest_api_timeout_in_ms: flag('integer', '30000', 'longest run of a model on the pool'),
  drain_seconds: flag('integer', '25', 'time for requests under way after SIGTERM'),
  tensorflow_intra_op_parallelism: flagOrVariable(
    'integer',
    'SAGEMAKER_TFS_INTRA_OP_PARALLELISM',
    '0',
    'threads inside one operation; 0: what each model gains by, as measured',
  ),
  tensorflow_inter_op_parallelism: flagOrVariable(
    'integer',
    'SAGEMAKER_TFS_INTER_OP_PARALLELISM',
    '0',
    'operations at once; 0 leaves it to TensorFlow',
  ),
  run_thread: flag('text', 'auto', runThreadHelp),
  container_strict: flagOrVariable(
    'boolean',
    'SAGEBRUSH_STRICT',
    '0',
    "1: only what AWS's container takes, and its errors for the rest",
  ),
  log_format: flagOrVariable('text', 'SAGEBRUSH_LOG_FORMAT', 'text', 'text or json: one line for each event'),
  access_log: flagOrVariable('boolean', 'SAGEBRUSH_ACCESS_LOG', '0', '1: log each answer, on stdout'),
  restart_on_crash: flagOrVariable(
    'boolean',
    'SAGEBRUSH_RESTART_ON_CRASH',
    '0',
    '1: serve in a process of its own, and start that again where it crashes',
  ),
  container_compat: flagOrVariable(
    'text',
    'SAGEBRUSH_COMPAT',
    '2.19',
    "generation of AWS's container to follow: 2.19 or 2.20",
  ),
  enable_batching: flagOrVariable(
    'boolean',
    'SAGEMAKER_TFS_ENABLE_BATCHING',
    'false',
    'join requests that come at once, where the models allow it',
  ),
  batching_parameters_file: flag(
    'text',
    '',
    'BatchingParameters as text; otherwise the SAGEMAKER_TFS_… variables',
  ),
  enable_per_model_batching_parameters: flag(
    'boolean',
    'false',
    "take them from each version's batching_params.pbtxt instead",
  ),
}

export const containerFlagLines: readonly string[] = Object.entries(containerFlags).map(
  ([name, { help, variable, fallback }]) => {
    const facts = [variable, fallback && `default ${fallback}`].filter(Boolean)
    return `  --${name.padEnd(32)} ${help}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`
  },
)

/** What is given: by flags, else by variables. */
export function withVariables(
  given: ReadonlyMap<string, string>,
  variables: Readonly<Record<string, string | undefined>>,
): Map<string, string> {
  const all = new Map(given)
  for (const [name, { variable }] of Object.entries(containerFlags)) {
    const value = variable === undefined ? undefined : variables[variable]
    if (value !== undefined && !given.has(name)) all.set(name, value)
  }
  return all
}
