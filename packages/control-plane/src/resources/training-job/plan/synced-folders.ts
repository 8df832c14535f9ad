import { posix } from 'node:path'
import type { SyncedFolder } from '@sagebrush/agent'
import { ValidationException } from '@sagebrush/api'
import type { CreateTrainingJobInput, TrainingJob } from '../record.ts'

type Settings = Pick<CreateTrainingJobInput, 'CheckpointConfig' | 'TensorBoardOutputConfig'>

/** Source: SageMaker's CheckpointConfig, TensorBoardOutputConfig and its training toolkit. */
const defaults = {
  checkpoints: '/opt/ml/checkpoints',
  tensorBoard: '/opt/ml/output/tensorboard',
  intermediate: '/opt/ml/output/intermediate',
}

/**
 * What of a job's folders S3 has a copy of while it runs: checkpoints, TensorBoard's events, and what a script leaves in
 * `output/intermediate` when the hyperparameter `sagemaker_s3_output` says where to.
 */
export function syncedFoldersOf({ name, request }: TrainingJob): readonly SyncedFolder[] {
  const { CheckpointConfig: checkpoints, TensorBoardOutputConfig: tensorBoard } = request
  const intermediate = decoded(request.HyperParameters?.sagemaker_s3_output)
  return [
    ...(checkpoints ? [{ ...placesOf(request).checkpoints, uri: checkpoints.S3Uri, twoWay: true }] : []),
    ...(tensorBoard
      ? [
          {
            ...placesOf(request).tensorBoard,
            uri: `${bare(tensorBoard.S3OutputPath)}/${name}/tensorboard-output`,
            twoWay: false,
          },
        ]
      : []),
    ...(intermediate === undefined
      ? []
      : [
          {
            path: defaults.intermediate,
            uri: `${bare(intermediate)}/${name}/output/intermediate`,
            twoWay: false,
          },
        ]),
  ]
}

/** Folders that can be synced: apart from each other, from what SageMaker itself keeps, and from what a machine needs. */
export function checkSyncedFolders(input: Settings): void {
  const { checkpoints, tensorBoard } = placesOf(input)
  if (input.CheckpointConfig) checkPath('CheckpointConfig.LocalPath', checkpoints.path)
  if (input.TensorBoardOutputConfig) checkPath('TensorBoardOutputConfig.LocalPath', tensorBoard.path)
  if (!input.CheckpointConfig || !input.TensorBoardOutputConfig) return
  if (!isWithin(checkpoints.path, tensorBoard.path) && !isWithin(tensorBoard.path, checkpoints.path)) return
  throw ValidationException(
    `The LocalPath ${tensorBoard.path} of TensorBoardOutputConfig overlaps with ${checkpoints.path} of CheckpointConfig.`,
  )
}

/** Where a program finds what is synced, whether it asked for it or not. */
export function placesOf(input: Settings) {
  return {
    checkpoints: { path: whole(input.CheckpointConfig?.LocalPath, defaults.checkpoints) },
    tensorBoard: { path: whole(input.TensorBoardOutputConfig?.LocalPath, defaults.tensorBoard) },
  }
}

const taken = ['/opt/ml/input', '/opt/ml/model', '/opt/ml/code', '/opt/ml/output/data']
const systems = ['bin', 'boot', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'proc', 'run', 'sbin', 'sys', 'usr']
/** Full of other things; a folder below them is fine. */
const shared = [
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/opt/ml',
  '/opt/ml/output',
  '/root',
  '/srv',
  '/tmp',
  '/var',
]

function checkPath(member: string, path: string): void {
  const isApart = taken.every((other) => !isWithin(path, other) && !isWithin(other, path))
  const isFree = !shared.includes(path) && systems.every((name) => !isWithin(path, `/${name}`))
  if (path.length > 1 && path.startsWith('/') && isApart && isFree) return
  throw ValidationException(
    `${member} must be a folder of its own, such as ${defaults.checkpoints}; it is ${path || '/'}.`,
  )
}

const isWithin = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)
const whole = (path: string | undefined, fallback: string) => bare(posix.normalize(path || fallback))
const bare = (path: string) => path.replace(/\/+$/, '')

/** A hyperparameter is JSON, or a text as it stands. */
function decoded(value: string | undefined): string | undefined {
  const text = value?.startsWith('"') ? String(parsed(value)) : value
  return text?.startsWith('s3://') ? text : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
