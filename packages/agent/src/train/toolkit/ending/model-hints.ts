import { basename, dirname, join } from 'node:path'
import type { PythonValue } from '../hyper-parameters/python-value.ts'

/**
 * What a successful job's log should say of its model: the two mistakes that are seen only at the endpoint.
 * `files` are the model folder's, relative to it; `modelDirectory` is the hyperparameter `model_dir`.
 */
export function modelHints(
  files: readonly string[],
  modelPath: string,
  modelDirectory: PythonValue | undefined,
): string[] {
  if (files.length === 0) return missingModel(modelPath, modelDirectory)
  const bundles = files.filter((file) => /^saved_model\.pb(txt)?$/.test(basename(file)))
  if (bundles.length === 0)
    return ['The model cannot be deployed with TensorFlow Serving containers: no saved_model.pb was saved.']
  return bundles
    .map((file) => basename(dirname(join(modelPath, file))))
    .filter((folder) => !/^\d+$/.test(folder))
    .map(unversioned)
}

function unversioned(folder: string): string {
  const name = JSON.stringify(folder)
  return `The model cannot be deployed with TensorFlow Serving containers: its folder is called ${name}, not a version number such as "1".`
}

function missingModel(modelPath: string, modelDirectory: PythonValue | undefined): string[] {
  const missing =
    `No model artifact is saved under path ${modelPath}. ` +
    'Your training job will not save any model files to S3.'
  if (typeof modelDirectory !== 'string' || !modelDirectory.startsWith('s3://')) return [missing]
  const hint =
    `model_dir is ${modelDirectory}: what the script saved there stays there, and is not deployed. ` +
    `To deploy the model, save it under the path in SM_MODEL_DIR (${modelPath}).`
  return [missing, hint]
}
