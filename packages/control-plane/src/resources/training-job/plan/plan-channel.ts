import type { ChannelPlan } from '@sagebrush/agent'
import type { TrainingJob } from '../record.ts'
import { inputModeOf } from '../rules/channel-rules.ts'

type Request = TrainingJob['request']
type Channel = NonNullable<Request['InputDataConfig']>[number]

/** A channel as the hosts get it; only what was asked for is said. */
export function planChannel(channel: Channel, request: Request): ChannelPlan {
  const {
    S3Uri = '',
    S3DataType,
    S3DataDistributionType,
    AttributeNames,
  } = channel.DataSource.S3DataSource ?? {}
  return {
    name: channel.ChannelName,
    source: {
      uri: S3Uri,
      type: S3DataType === 'ManifestFile' || S3DataType === 'AugmentedManifestFile' ? S3DataType : 'S3Prefix',
      distribution: S3DataDistributionType ?? 'FullyReplicated',
      ...(AttributeNames?.length ? { attributes: AttributeNames } : {}),
    },
    mode: inputModeOf(channel, request),
    ...(channel.ContentType === undefined ? {} : { contentType: channel.ContentType }),
    ...(channel.CompressionType === 'Gzip' ? { compression: 'Gzip' } : {}),
    ...(channel.RecordWrapperType === 'RecordIO' ? { recordWrapper: 'RecordIO' } : {}),
    ...(channel.ShuffleConfig === undefined ? {} : { shuffleSeed: channel.ShuffleConfig.Seed }),
  }
}
