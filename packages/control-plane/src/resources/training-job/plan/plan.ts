import type { TrainPlan } from '@sagebrush/agent'
import type { HostGroup } from '../../../compute/compute.ts'
import { outputUriOf, type TrainingJob } from '../record.ts'
import { configFilesOf } from './config-files.ts'
import { planChannel } from './plan-channel.ts'
import { syncedFoldersOf } from './synced-folders.ts'

/** Source: SageMaker's SIGTERM-to-SIGKILL window. */
const STOP_GRACE_SECONDS = 120
const LOG_GROUP = '/aws/sagemaker/TrainingJobs'

/** What the hosts of a job get. `endpoint` is where they reach this server. Pure: the same job, the same plan. */
export function planTrainingJob(job: TrainingJob, endpoint: string): HostGroup {
  const hosts = ['algo-1']
  return {
    id: job.group,
    createdAt: job.createdAt,
    hosts: hosts.map((host) => planHost(job, endpoint, hosts, host)),
  }
}

function planHost(job: TrainingJob, endpoint: string, hosts: readonly string[], current: string): TrainPlan {
  const { request } = job
  const epochSeconds = Math.floor(job.createdAt.getTime() / 1000)
  return {
    kind: 'train',
    name: job.name,
    arn: job.arn,
    region: job.region,
    endpoint,
    image: request.AlgorithmSpecification?.TrainingImage ?? '',
    instanceType: request.ResourceConfig?.InstanceType ?? '',
    logStream: { group: LOG_GROUP, name: `${job.name}/${current}-${epochSeconds}` },
    environment: request.Environment ?? {},
    ...(request.EnableNetworkIsolation ? { isIsolated: true } : {}),
    ...containerCommand(request.AlgorithmSpecification),
    // All hosts are on this machine, and meet on its loopback interface.
    cluster: { hosts, current, networkInterface: 'lo' },
    configFiles: configFilesOf(job, { hosts, current }),
    hyperParameters: request.HyperParameters ?? {},
    channels: (request.InputDataConfig ?? []).map((channel) => planChannel(channel, request)),
    outputUri: outputUriOf(job),
    ...(request.OutputDataConfig.CompressionType === 'NONE' ? { uncompressedModel: true } : {}),
    syncedFolders: syncedFoldersOf(job),
    stopGraceSeconds: STOP_GRACE_SECONDS,
    metricDefinitions: (request.AlgorithmSpecification?.MetricDefinitions ?? []).map(
      ({ Name: name, Regex: regex }) => ({ name, regex }),
    ),
  }
}

function containerCommand(
  algorithm: TrainingJob['request']['AlgorithmSpecification'],
): Pick<TrainPlan, 'containerCommand'> {
  const { ContainerEntrypoint: entrypoint, ContainerArguments: given } = algorithm ?? {}
  if (!entrypoint?.length && !given?.length) return {}
  return {
    containerCommand: {
      ...(entrypoint?.length ? { entrypoint } : {}),
      ...(given?.length ? { arguments: given } : {}),
    },
  }
}
