import type { TrainPlan } from '../plan/host-plan.ts'

/** A training plan as a table's row starts from. */
export function samplePlan(more: Partial<TrainPlan> = {}): TrainPlan {
  return {
    kind: 'train',
    name: 'job',
    arn: 'arn:aws:sagemaker:us-west-2:123456789012:training-job/job',
    region: 'us-west-2',
    endpoint: 'http://127.0.0.1:8400',
    image: '763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.19.0-cpu-py312',
    instanceType: 'ml.c5.xlarge',
    logStream: { group: '/aws/sagemaker/TrainingJobs', name: 'job/algo-1-1700000000' },
    environment: {},
    cluster: { hosts: ['algo-1'], current: 'algo-1', networkInterface: 'eth0' },
    hyperParameters: {},
    channels: [],
    outputUri: 's3://bucket/out/job/output',
    stopGraceSeconds: 120,
    ...more,
  }
}

export const sampleChannel = (name: string, uri = `s3://bucket/${name}`) =>
  ({ name, source: { uri, type: 'S3Prefix', distribution: 'FullyReplicated' }, mode: 'File' }) as const
