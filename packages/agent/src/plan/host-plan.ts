/** All that one host needs, as inert JSON: no functions, no secrets. */
export type HostPlan = TrainPlan | ServePlan

interface Common {
  /** Name of the training job, or of the endpoint. */
  readonly name: string
  readonly arn: string
  readonly region: string
  /** Where the server answers AWS's protocols: `http://127.0.0.1:4711`. */
  readonly endpoint: string
  /** The image as the request named it; the host maps it onto an environment. */
  readonly image: string
  readonly instanceType: string
  readonly logStream: { readonly group: string; readonly name: string }
  readonly environment: Readonly<Record<string, string>>
  /** The program sees a loopback interface and no other network, and gets no credentials. */
  readonly isIsolated?: boolean
  /** Absent: the host may take what it likes. */
  readonly share?: Share
}

/** What of its machine a host may take. */
export interface Share {
  /** Where processors are short, hosts get them in proportion to this. */
  readonly cpus: number
  /** Of its program with all that this starts: who needs more is killed. */
  readonly memoryLimitBytes: number
  /** Processes and threads together. */
  readonly processLimit: number
  /** The host's own, as `CUDA_VISIBLE_DEVICES` names them; absent where the machine has none. */
  readonly gpus?: readonly string[]
}

/** How a container is started otherwise than its image says. */
export interface ContainerCommand {
  /** Takes the place of the image's own entry point. */
  readonly entrypoint?: readonly string[]
  /** Take the place of `train`. */
  readonly arguments?: readonly string[]
}

/** `hosts` is sorted by code point; `current` is one of them. */
export interface Cluster {
  readonly hosts: readonly string[]
  readonly current: string
  readonly networkInterface: string
}

export interface ChannelPlan {
  readonly name: string
  readonly source: ChannelSource
  readonly mode: 'File' | 'Pipe' | 'FastFile'
  readonly contentType?: string
  /** The objects are compressed; the program sees them decompressed. */
  readonly compression?: 'Gzip'
  /** Each object, or each attribute of an augmented manifest, becomes one record. */
  readonly recordWrapper?: 'RecordIO'
  /** The objects come in an order of chance, another one in each epoch. */
  readonly shuffleSeed?: number
}

export interface ChannelSource {
  /** A prefix of keys, or the one object that is the manifest. */
  readonly uri: string
  readonly type: 'S3Prefix' | 'ManifestFile' | 'AugmentedManifestFile'
  readonly distribution: 'FullyReplicated' | 'ShardedByS3Key'
  /** Of an augmented manifest: what of each line is taken, in this order. */
  readonly attributes?: readonly string[]
}

/** New and changed files go up in the background, and once more when the program has ended, however it ended. */
export interface SyncedFolder {
  /** As the program sees it: below /opt/ml, or a place of its own. */
  readonly path: string
  /** Files go below it. */
  readonly uri: string
  /** What is there already is brought before the program starts, and what the program deletes is deleted there. */
  readonly twoWay: boolean
}

/** `regex` is of Python's syntax; its first group is the metric's value. */
export interface MetricDefinition {
  readonly name: string
  readonly regex: string
}

export interface TrainPlan extends Common {
  readonly kind: 'train'
  readonly cluster: Cluster
  /** As in the request: JSON text or raw strings. */
  readonly hyperParameters: Readonly<Record<string, string>>
  /** Further files of `input/config`, by name: what each holds, as JSON. */
  readonly configFiles?: Readonly<Record<string, unknown>>
  readonly channels: readonly ChannelPlan[]
  /** `s3://bucket/prefix/<job>/output`: `model.tar.gz` and `output.tar.gz` go there. */
  readonly outputUri: string
  /** The model goes up file by file, below `model/`, in place of its archive. */
  readonly uncompressedModel?: boolean
  /** Folders that S3 has a copy of while the program runs. */
  readonly syncedFolders?: readonly SyncedFolder[]
  /** After a request to stop: SIGTERM, this long, SIGKILL. */
  readonly stopGraceSeconds: number
  /** What to look for in what the program prints. */
  readonly metricDefinitions?: readonly MetricDefinition[]
  readonly containerCommand?: ContainerCommand
}

export interface ServePlan extends Common {
  readonly kind: 'serve'
  /** `s3://…/model.tar.gz`, or `s3://…/model/` of a model that is not packed; absent for a container without model data. */
  readonly modelUri?: string
  /** In place of the one model: many, each brought when it is first asked for. */
  readonly multiModel?: MultiModelPlan
}

export interface MultiModelPlan {
  /** `s3://bucket/prefix/`: models are named by what follows. */
  readonly prefix: string
  /** False: a model goes as soon as no request needs it. */
  readonly isCaching: boolean
}
