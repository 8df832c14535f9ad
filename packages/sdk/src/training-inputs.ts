/** Data of one channel. What its mode cannot do, the server refuses. */
export interface TrainingInput {
  /** `s3://bucket/prefix`, or the manifest. */
  readonly uri: string
  /** Default: the job's own, File. */
  readonly mode?: 'File' | 'Pipe' | 'FastFile'
  /** Default S3Prefix. */
  readonly dataType?: 'S3Prefix' | 'ManifestFile' | 'AugmentedManifestFile'
  /** Of an augmented manifest. */
  readonly attributeNames?: readonly string[]
  /** Objects are unpacked on the way, in Pipe mode. */
  readonly compression?: 'Gzip'
  /** Each object becomes a record, in Pipe mode. */
  readonly recordWrapping?: 'RecordIO'
  /** Objects come in another order, in Pipe mode in a new one for each epoch. */
  readonly shuffleSeed?: number
  /** Default FullyReplicated. */
  readonly distribution?: 'FullyReplicated' | 'ShardedByS3Key'
  readonly contentType?: string
}

/** S3 URI of the channel `training`, or one URI per channel. */
export type TrainingInputs = string | Readonly<Record<string, string | TrainingInput>>

/** Inputs as `InputDataConfig`. */
export function channelsOf(inputs: TrainingInputs) {
  const named = typeof inputs === 'string' ? { training: inputs } : inputs
  return Object.entries(named).map(([name, input]) =>
    channelOf(name, typeof input === 'string' ? { uri: input } : input),
  )
}

function channelOf(ChannelName: string, input: TrainingInput) {
  const { uri, mode, dataType = 'S3Prefix', attributeNames, distribution = 'FullyReplicated' } = input
  const { compression, recordWrapping, shuffleSeed, contentType } = input
  return {
    ChannelName,
    ...(mode === undefined ? {} : { InputMode: mode }),
    ...(compression === undefined ? {} : { CompressionType: compression }),
    ...(recordWrapping === undefined ? {} : { RecordWrapperType: recordWrapping }),
    ...(shuffleSeed === undefined ? {} : { ShuffleConfig: { Seed: shuffleSeed } }),
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    DataSource: {
      S3DataSource: {
        S3DataType: dataType,
        S3Uri: uri,
        S3DataDistributionType: distribution,
        ...(attributeNames === undefined ? {} : { AttributeNames: [...attributeNames] }),
      },
    },
  }
}
