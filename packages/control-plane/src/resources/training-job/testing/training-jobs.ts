import type { ObjectStore, StoredObject } from '../../../objects/store/object-store.ts'
import { stageMessages } from '../lifecycle/stages.ts'
import type { CreateTrainingJobInput, Stage, TrainingJob, Transition } from '../record.ts'

/** `at(90)` is a minute and a half into the tests' day. */
export const at = (seconds: number) => new Date(Date.UTC(2026, 10, 21) + seconds * 1000)

export const createInput: CreateTrainingJobInput = {
  TrainingJobName: 'mnist',
  RoleArn: 'arn:aws:iam::123456789012:role/SageMakerRole',
  AlgorithmSpecification: {
    TrainingImage: '763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.19.0-cpu-py312',
    TrainingInputMode: 'File',
  },
  InputDataConfig: [
    {
      ChannelName: 'training',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/data' } },
    },
  ],
  OutputDataConfig: { S3OutputPath: 's3://bucket/models/' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  HyperParameters: { epochs: '3', sagemaker_program: '"train.py"' },
  Environment: { FOO: '1' },
}

/** For servers whose buckets are empty. */
export const { InputDataConfig: _, ...inputWithoutData } = createInput

/** What a handler needs of S3: every bucket but `nowhere` has an object. */
export const anyObjects: Pick<ObjectStore, 'list'> = {
  list: async (bucket) => ({ objects: bucket === 'nowhere' ? [] : [anyObject], more: false }),
}
const anyObject: StoredObject = {
  bucket: 'bucket',
  key: 'data',
  sizeBytes: 1,
  etag: 'e',
  modifiedAt: at(0),
  attributes: { contentHeaders: {}, metadata: {} },
}

export const newJob: TrainingJob = {
  name: 'mnist',
  arn: 'arn:aws:sagemaker:us-west-2:123456789012:training-job/mnist',
  tags: [],
  region: 'us-west-2',
  request: createInput,
  group: 'train-mnist-1',
  createdAt: at(0),
  modifiedAt: at(0),
  transitions: [{ stage: 'Starting', message: stageMessages.Starting, from: at(0) }],
}

/** `[['Starting', 0], ['Training', 10]]` */
export function transitionsOf(...stages: readonly (readonly [Stage, number])[]): readonly Transition[] {
  return stages.map(([stage, from], index) => {
    const next = stages[index + 1]
    return { stage, message: stageMessages[stage], from: at(from), ...(next ? { to: at(next[1]) } : {}) }
  })
}

/** Its hosts were started at 1, and train since 10. */
export const trainingJob: TrainingJob = {
  ...newJob,
  startedAt: at(1),
  trainingStartedAt: at(10),
  transitions: transitionsOf(['Starting', 0], ['Downloading', 10], ['Training', 12]),
}
