import type { Cluster, TrainPlan } from '@sagebrush/agent'
import type { TrainingJob } from '../record.ts'
import { inputModeOf } from '../rules/channel-rules.ts'
import { placesOf } from './synced-folders.ts'

type Request = TrainingJob['request']
type Files = NonNullable<TrainPlan['configFiles']>

/**
 * What stands in `/opt/ml/input/config` beside what a host works with: the job's settings as AWS tells a container of
 * them, each in a file that is there when the request has the setting. Source: files that jobs have copied out of AWS's
 * containers; what `metric-definition-regex.json`, `profilerconfig.json` and `upstreamoutputdataconfig.json` hold there is
 * not known, here it is the request's own words.
 */
export function configFilesOf(job: TrainingJob, cluster: Pick<Cluster, 'hosts' | 'current'>): Files {
  const { request } = job
  const { CheckpointConfig: checkpoints, TensorBoardOutputConfig: tensorBoard } = request
  const places = placesOf(request)
  return {
    'init-config.json': initConfig(job, cluster),
    'metric-definition-regex.json': request.AlgorithmSpecification?.MetricDefinitions ?? [],
    'upstreamoutputdataconfig.json': { KmsKeyId: '', ...request.OutputDataConfig },
    ...debugHook(job),
    ...profiler(job),
    ...(checkpoints ? { 'checkpointconfig.json': { LocalPath: places.checkpoints.path } } : {}),
    ...(tensorBoard
      ? {
          'tensorboardoutputconfig.json': {
            S3OutputPath: `${below(tensorBoard.S3OutputPath, job)}/tensorboard-output`,
            LocalPath: places.tensorBoard.path,
          },
        }
      : {}),
  }
}

function initConfig(
  { request, attempts = [] }: TrainingJob,
  { hosts, current }: Pick<Cluster, 'hosts' | 'current'>,
) {
  const channels = (request.InputDataConfig ?? []).map((channel) => [
    channel.ChannelName,
    initChannel(channel, request),
  ])
  const { CheckpointConfig: checkpoints } = request
  return {
    inputMode: constant(request.AlgorithmSpecification?.TrainingInputMode ?? 'File'),
    channels: Object.fromEntries(channels),
    checkpointChannel: checkpoints
      ? {
          name: 'checkpoints',
          channel: { ...emptyChannel, s3DataSource: { ...emptySource, s3Uri: checkpoints.S3Uri } },
          outputPath: placesOf(request).checkpoints.path,
          allowEmpty: true,
        }
      : null,
    hostConfig: { clusterSize: hosts.length, hostNumber: hosts.indexOf(current) + 1 },
    enableAdditionalPlatformLoggingForCustomer: false,
    jobRunInfo: { jobRunNumber: attempts.length + 1 },
  }
}

const emptySource = { s3DataType: 'S3_PREFIX', s3Uri: '', s3DataDistributionType: null, attributeNames: null }
const emptyChannel = {
  s3DataSource: emptySource,
  fileSystemDataSource: null,
  compressionType: null,
  recordWrapper: null,
  shuffleConfig: null,
  inputMode: 'FILE',
  sharded: false,
}

function initChannel(channel: NonNullable<Request['InputDataConfig']>[number], request: Request) {
  const { S3DataSource: source } = channel.DataSource
  const distribution = source?.S3DataDistributionType ?? 'FullyReplicated'
  return {
    s3DataSource: {
      s3DataType: constant(source?.S3DataType ?? 'S3Prefix'),
      s3Uri: source?.S3Uri ?? '',
      s3DataDistributionType: constant(distribution),
      attributeNames: source?.AttributeNames ?? null,
    },
    fileSystemDataSource: null,
    compressionType: constant(channel.CompressionType ?? 'None'),
    recordWrapper: constant(channel.RecordWrapperType ?? 'None'),
    shuffleConfig: channel.ShuffleConfig ? { seed: channel.ShuffleConfig.Seed } : null,
    inputMode: constant(inputModeOf(channel, request)),
    sharded: distribution === 'ShardedByS3Key',
  }
}

/** `ShardedByS3Key` → `SHARDED_BY_S3_KEY`. */
const constant = (name: string) => name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase()

/** What `smdebug` looks for. */
function debugHook(job: TrainingJob): Files {
  const { DebugHookConfig: asked } = job.request
  if (!asked) return {}
  return {
    'debughookconfig.json': {
      S3OutputPath: `${below(asked.S3OutputPath, job)}/debug-output`,
      LocalPath: asked.LocalPath ?? '/opt/ml/output/tensors',
      HookParameters: asked.HookParameters ?? null,
      CollectionConfigurations: asked.CollectionConfigurations ?? null,
    },
  }
}

function profiler(job: TrainingJob): Files {
  const { ProfilerConfig: asked } = job.request
  if (!asked || asked.DisableProfiler) return {}
  const { S3OutputPath = job.request.OutputDataConfig.S3OutputPath } = asked
  return {
    'profilerconfig.json': {
      S3OutputPath: `${below(S3OutputPath, job)}/profiler-output`,
      LocalPath: '/opt/ml/output/profiler',
      ProfilingIntervalInMilliseconds: asked.ProfilingIntervalInMilliseconds ?? 500,
      ProfilingParameters: asked.ProfilingParameters ?? {},
    },
  }
}

const below = (uri: string, { name }: TrainingJob) => `${uri.replace(/\/+$/, '')}/${name}`
