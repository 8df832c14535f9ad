import { type PythonValue, parsePythonJson } from './python-value.ts'

export interface HyperParameters {
  /** What the script is told: arguments and `SM_HP_*`. */
  readonly user: ReadonlyMap<string, PythonValue>
  /** `sagemaker_*` of frameworks and distributions: `SM_FRAMEWORK_PARAMS`. */
  readonly framework: ReadonlyMap<string, PythonValue>
  /** The toolkit's own, by name. */
  readonly toolkit: ToolkitParameters
}

export interface ToolkitParameters {
  /** `sagemaker_program`: the entry point. */
  readonly program?: string
  /** `sagemaker_submit_directory`: an S3 URI, or a path of the program's machine. */
  readonly submitDirectory?: string
  readonly logLevel: PythonValue
  readonly jobName: string
  readonly region?: string
}

/**
 * Decodes the request's strings and shares them out. Every value is JSON where it parses as such, else the
 * raw string, as jobs made without the SDK send it. In a tuning job an S3 `model_dir` gets `/<job>/model`
 * appended.
 * Source: training toolkit `environment.py`, `params.py`; TensorFlow toolkit `training.py`.
 */
export function readHyperParameters(
  texts: Readonly<Record<string, string>>,
  jobName: string,
): HyperParameters {
  const all = new Map(Object.entries(texts).map(([key, text]) => [key, decode(text)]))
  const modelDirectory = all.get('model_dir')
  const user = filterKeys(all, (key) => !isToolkitKey(key) && !key.startsWith('sagemaker_'))
  if (all.has('_tuning_objective_metric') && typeof modelDirectory === 'string')
    user.set('model_dir', ofTuningJob(modelDirectory, jobName))
  return {
    user,
    framework: filterKeys(all, (key) => !isToolkitKey(key) && key.startsWith('sagemaker_')),
    toolkit: toolkitParameters(all),
  }
}

const toolkitKeys: readonly string[] = [
  'sagemaker_program',
  'sagemaker_submit_directory',
  'sagemaker_enable_cloudwatch_metrics',
  'sagemaker_region',
  'sagemaker_container_log_level',
  'sagemaker_job_name',
  'default_user_module_name',
  '_tuning_objective_metric',
  'sagemaker_s3_output',
]
const isToolkitKey = (key: string): boolean => toolkitKeys.includes(key)

function decode(text: string): PythonValue {
  try {
    return parsePythonJson(text)
  } catch {
    return text
  }
}

function toolkitParameters(all: ReadonlyMap<string, PythonValue>): ToolkitParameters {
  const text = (key: string): string | undefined => {
    const value = all.get(key)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const program = text('sagemaker_program')
  const submitDirectory = text('sagemaker_submit_directory')
  const region = text('sagemaker_region')
  return {
    ...(program === undefined ? {} : { program }),
    ...(submitDirectory === undefined ? {} : { submitDirectory }),
    ...(region === undefined ? {} : { region }),
    logLevel: all.get('sagemaker_container_log_level') ?? 20n,
    jobName: text('sagemaker_job_name') ?? '',
  }
}

function ofTuningJob(modelDirectory: string, jobName: string): string {
  return modelDirectory.startsWith('/opt/ml') ? modelDirectory : `${modelDirectory}/${jobName}/model`
}

function filterKeys(
  all: ReadonlyMap<string, PythonValue>,
  keep: (key: string) => boolean,
): Map<string, PythonValue> {
  return new Map(Array.from(all).filter(([key]) => keep(key)))
}
