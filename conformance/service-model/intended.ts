/** Differences that are meant, and why. `*` stands for any part of a place; each entry must meet at least one difference. */
export interface Intended {
  readonly why: string
  readonly differences: readonly string[]
}

const unstated = (shape: string, ...members: readonly string[]): string[] =>
  members.map((member) => `${shape}.${member}: is not stated here`)

const anyInstanceType = (shape: string): string[] => [
  `${shape}: has pattern ml\\.[a-z0-9-]+\\.(medium|large|[0-9]*xlarge|metal) here, none at AWS`,
  `${shape}: takes any text here, but certain values at AWS`,
]

const sagemaker: readonly Intended[] = [
  {
    why: 'ours: at AWS nobody can ask for the interruption that a managed spot job must survive',
    differences: ['InterruptTrainingJob: is no operation at AWS'],
  },
  {
    why: 'AWS adds instance types every month; their sizes stay, and the host is this machine anyway, so their form is enough',
    differences: [
      ...anyInstanceType('TrainingInstanceType'),
      ...anyInstanceType('ProcessingInstanceType'),
      ...anyInstanceType('ProductionVariantInstanceType'),
    ],
  },
  {
    why: 'the same pattern, written in two ways at AWS',
    differences: ['NameContains: has pattern [a-zA-Z0-9-]+ here, [a-zA-Z0-9\\-]+ at AWS'],
  },
  {
    why: 'nothing here reads these: they are kept and described as they were sent',
    differences: [
      ...unstated('ContainerDefinition', 'ImageConfig', 'ModelPackageName'),
      ...unstated(
        'CreateEndpointConfigInput',
        'AsyncInferenceConfig',
        'CrossRegionTrafficConfig',
        'DataCaptureConfig',
        'ExplainerConfig',
        'MetricsConfig',
      ),
      ...unstated(
        'DescribeEndpointConfigOutput',
        'AsyncInferenceConfig',
        'CrossRegionTrafficConfig',
        'DataCaptureConfig',
        'ExplainerConfig',
        'MetricsConfig',
      ),
      ...unstated('CreateEndpointInput', 'DeploymentConfig'),
      ...unstated(
        'ProductionVariant',
        'AcceleratorPartitionLayouts',
        'CapacityReservationConfig',
        'CoreDumpConfig',
        'InferenceAmiVersion',
        'InstancePools',
        'RoutingConfig',
        'VariantInstanceProvisionTimeoutInSeconds',
      ),
      ...unstated('ProductionVariantManagedInstanceScaling', 'ScaleInPolicy'),
      ...unstated(
        'S3ModelDataSource',
        'ETag',
        'HubAccessConfig',
        'ManifestEtag',
        'ManifestS3Uri',
        'ModelAccessConfig',
      ),
      ...unstated('CreateTrainingJobRequest', 'MlflowConfig', 'ModelPackageConfig', 'ServerlessJobConfig'),
      ...unstated('DescribeTrainingJobResponse', 'MlflowConfig', 'ModelPackageConfig', 'ServerlessJobConfig'),
      ...unstated('DataSource', 'DatasetSource'),
      ...unstated('S3DataSource', 'HubAccessConfig', 'ModelAccessConfig'),
      ...unstated(
        'ResourceConfig',
        'InstancePlacementConfig',
        'InstancePreferences',
        'SelectedInstanceCount',
        'SelectedInstanceType',
      ),
    ],
  },
  {
    why: 'told of what does not happen here: updates, shadows, explainers, hubs, pools, other services, rule evaluations',
    differences: [
      ...unstated(
        'DescribeEndpointOutput',
        'AsyncInferenceConfig',
        'CrossRegionTrafficConfig',
        'DataCaptureConfig',
        'ExplainerConfig',
        'LastDeploymentConfig',
        'MetricsConfig',
        'PendingDeploymentSummary',
        'ShadowProductionVariants',
      ),
      ...unstated(
        'ProductionVariantSummary',
        'AcceleratorPartitionLayouts',
        'CapacityReservationConfig',
        'InstancePools',
        'ManagedInstanceScaling',
        'RoutingConfig',
      ),
      ...unstated('DescribeModelOutput', 'DeploymentRecommendation'),
      ...unstated(
        'DescribeTrainingJobResponse',
        'AutoMLJobArn',
        'BillableTokenCount',
        'DebugRuleEvaluationStatuses',
        'LabelingJobArn',
        'MlflowDetails',
        'OutputModelPackageArn',
        'ProfilerRuleEvaluationStatuses',
        'ProgressInfo',
        'TuningJobArn',
      ),
    ],
  },
]

const runtime: readonly Intended[] = [
  {
    why: 'bodies stream, and the server counts them against a limit of its own',
    differences: ['BodyBlob: has type stream here, blob at AWS'],
  },
  {
    why: 'chooses between instances by their caches, and there is one instance',
    differences: unstated('InvokeEndpointInput', 'PrefixAwareId'),
  },
]

const s3: readonly Intended[] = [
  {
    why: 'S3 refuses wrong values in words of its own, which differ from one member to the next',
    differences: [
      '*: takes any text here, but certain values at AWS',
      'CopySource: has pattern none here, \\/?.+\\/.+ at AWS',
      'MaxBuckets: has max none here, 10000 at AWS',
      'MaxBuckets: has min none here, 1 at AWS',
      'ObjectKey: has min none here, 1 at AWS',
      'Region: has max none here, 20 at AWS',
      'S3RegionalOrS3ExpressBucketArnString: has max none here, 128 at AWS',
      'S3RegionalOrS3ExpressBucketArnString: has min none here, 1 at AWS',
      'S3RegionalOrS3ExpressBucketArnString: has pattern none here, arn:[^:]+:(s3|s3express):.* at AWS',
    ],
  },
  {
    why: "AWS's model leaves it to the query's members to tell these apart; here the route says it",
    differences: [
      'AbortMultipartUpload: has path /{Bucket}/{Key+}?uploadId here, /{Bucket}/{Key+} at AWS',
      'CompleteMultipartUpload: has path /{Bucket}/{Key+}?uploadId here, /{Bucket}/{Key+} at AWS',
      'ListParts: has path /{Bucket}/{Key+}?uploadId here, /{Bucket}/{Key+} at AWS',
      'UploadPart: has path /{Bucket}/{Key+}?partNumber&uploadId here, /{Bucket}/{Key+} at AWS',
      'UploadPartCopy: has path /{Bucket}/{Key+}?partNumber&uploadId here, /{Bucket}/{Key+} at AWS',
    ],
  },
  {
    why: 'ours: a store on this machine tells where the bytes lie, and the trailers that a body announces are read',
    differences: [
      'ListObjectsV2Request.SagebrushLocalPaths: is unknown at AWS',
      'Object.SagebrushLocalPath: is unknown at AWS',
      'PutObjectRequest.Trailer: is unknown at AWS',
      'UploadPartRequest.Trailer: is unknown at AWS',
    ],
  },
  {
    why: 'checksums that no client sends unless it is told to, and that are not made here',
    differences: ['MD5', 'SHA512', 'XXHASH128', 'XXHASH3', 'XXHASH64'].flatMap((name) =>
      unstated('*', `Checksum${name}`),
    ),
  },
  {
    why: 'versions, life cycles, locks, archives, replication, payers, namespaces and annotations are not kept here',
    differences: [
      ...unstated(
        '*',
        'AbortDate',
        'AbortRuleId',
        'ArchiveStatus',
        'BucketLocationName',
        'BucketLocationType',
        'BucketNamespace',
        'DeleteMarker',
        'Expiration',
        'MissingMeta',
        'ObjectLockEventHold',
        'ObjectLockEventHoldDurationDays',
        'ObjectLockEventHoldDurationYears',
        'ObjectLockLegalHoldStatus',
        'ObjectLockMode',
        'ObjectLockRetainUntilDate',
        'ReplicationStatus',
        'RequestCharged',
        'Restore',
        'RestoreStatus',
        'VersionId',
      ),
      ...unstated('CopyObjectRequest', 'AnnotationDirective'),
      ...unstated('CreateBucketConfiguration', 'Bucket', 'Location'),
    ],
  },
  {
    why: 'encryption with a key of the client is accepted, not done, and so not confirmed',
    differences: unstated('*', 'SSECustomerAlgorithm', 'SSECustomerKeyMD5', 'SSEKMSEncryptionContext'),
  },
  {
    why: 'a fact of directory buckets',
    differences: unstated('PutObjectOutput', 'Size'),
  },
]

const logs: readonly Intended[] = [
  {
    why: 'entities, retention policies and inherited data protection are not kept here',
    differences: [
      ...unstated(
        'LogGroup',
        'bearerTokenAuthenticationEnabled',
        'inheritedProperties',
        'retentionPolicyName',
      ),
      ...unstated('PutLogEventsRequest', 'entity'),
      ...unstated('PutLogEventsResponse', 'rejectedEntityInfo'),
    ],
  },
]

const iam: readonly Intended[] = [
  {
    why: 'roles here have neither boundaries nor tags nor templates',
    differences: unstated('Role', 'PermissionsBoundary', 'SourceRoleTemplate', 'Tags'),
  },
]

export const intended = {
  sagemaker,
  'sagemaker-runtime': runtime,
  s3,
  logs,
  cloudwatch: [],
  sts: [],
  iam,
} as const
