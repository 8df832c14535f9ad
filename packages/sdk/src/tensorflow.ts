import { encodeHyperParameters, type HyperParameter } from './hyper-parameters.ts'
import { imageUri } from './image-uri.ts'
import { nameFromBase } from './names.ts'
import type { Predictor } from './predictor.ts'
import type { Session } from './session.ts'
import { programName, type SourceCode, uploadSource } from './source-code.ts'
import { type DeployOptions, TensorFlowModel } from './tensorflow-model.ts'
import { channelsOf, type TrainingInputs } from './training-inputs.ts'
import { type TrainingEvent, watchTrainingJob } from './training-job.ts'

export interface TensorFlowOptions extends SourceCode {
  readonly session: Session
  /** ARN of a role; the server accepts any. */
  readonly role: string
  /** `2.21.0`; the server takes the nearest that can be had. */
  readonly frameworkVersion: string
  readonly pyVersion: string
  /** Default `ml.c5.xlarge`. */
  readonly instanceType?: string
  readonly hyperparameters?: Readonly<Record<string, HyperParameter>>
  readonly environment?: Readonly<Record<string, string>>
  /** How channels come that do not say it themselves. Default File. */
  readonly inputMode?: 'File' | 'Pipe' | 'FastFile'
  /** What to look for in the lines that the script prints: `{ loss: 'loss: ([0-9.]+)' }`, patterns of Python's kind. */
  readonly metrics?: Readonly<Record<string, string>>
  /** `s3://bucket/prefix` for the model; the session's default bucket without one. */
  readonly outputPath?: string
  readonly baseJobName?: string
  /** Default 86,400. */
  readonly maxRunSeconds?: number
  /** Managed spot training: the job may be interrupted, and has so long from its creation to its end. */
  readonly spot?: { readonly maxWaitSeconds: number }
  /** A folder that S3 has a copy of while the job runs, and that a job finds again. */
  readonly checkpoints?: {
    readonly uri: string /** Default /opt/ml/checkpoints. */
    readonly localPath?: string
  }
  /** How long the instances are kept for a next job that matches. */
  readonly keepAlivePeriodSeconds?: number
  /** How often a job is tried again that an internal server error has ended. */
  readonly maxRetryAttempts?: number
}

export interface FitOptions {
  readonly jobName?: string
  /** Called with each log line and change of state, in order. */
  readonly onEvent?: (event: TrainingEvent) => void
  readonly signal?: AbortSignal
  /** `false` returns once the job is created; `attach` finds it again. */
  readonly wait?: boolean
}

/** Runs a TensorFlow script as a training job; what it leaves in SM_MODEL_DIR can be deployed. */
export class TensorFlow {
  readonly #options: TensorFlowOptions
  #jobName: string | undefined

  constructor(options: TensorFlowOptions) {
    this.#options = options
  }

  /** The job that `fit` started last, or that `attach` found. */
  get jobName(): string {
    if (!this.#jobName) throw new Error('no training job yet: call fit() first')
    return this.#jobName
  }

  /** Resolves to the job's name. Throws TrainingJobFailed with the job's reason, ApiError when it is refused. */
  async fit(inputs?: TrainingInputs, options: FitOptions = {}): Promise<string> {
    const { session } = this.#options
    const name =
      options.jobName ?? nameFromBase(this.#options.baseJobName ?? 'tensorflow-training', new Date())
    await session.sagemaker.CreateTrainingJob(await this.#request(name, inputs))
    this.#jobName = name
    return options.wait === false ? name : this.attach(name, options)
  }

  /** Takes up a job, of whoever began it, and follows it to its end. Throws TrainingJobFailed with the job's reason. */
  async attach(
    jobName: string,
    { onEvent, signal }: Pick<FitOptions, 'onEvent' | 'signal'> = {},
  ): Promise<string> {
    this.#jobName = jobName
    for await (const event of watchTrainingJob(this.#options.session, jobName, signal)) onEvent?.(event)
    return jobName
  }

  /** Asks the job to end; it keeps what it has saved so far. */
  async stop(): Promise<void> {
    await this.#options.session.sagemaker.StopTrainingJob({ TrainingJobName: this.jobName })
  }

  /** `s3://…/model.tar.gz` of the job. */
  async modelData(): Promise<string> {
    const job = await this.#options.session.sagemaker.DescribeTrainingJob({ TrainingJobName: this.jobName })
    return job.ModelArtifacts.S3ModelArtifacts
  }

  async deploy(options: DeployOptions = {}): Promise<Predictor> {
    const { session, role, frameworkVersion } = this.#options
    const model = new TensorFlowModel({ session, role, frameworkVersion, modelData: await this.modelData() })
    return model.deploy(options)
  }

  async #request(name: string, inputs: TrainingInputs | undefined) {
    const { session, role, frameworkVersion, pyVersion, instanceType = 'ml.c5.xlarge' } = this.#options
    const { inputMode = 'File', metrics } = this.#options
    const outputPath = this.#options.outputPath ?? `s3://${await session.defaultBucket()}`
    const archive = `${outputPath}/${name}/source/sourcedir.tar.gz`
    return {
      TrainingJobName: name,
      RoleArn: role,
      AlgorithmSpecification: {
        TrainingInputMode: inputMode,
        ...(metrics === undefined
          ? {}
          : { MetricDefinitions: Object.entries(metrics).map(([Name, Regex]) => ({ Name, Regex })) }),
        TrainingImage: imageUri({
          purpose: 'training',
          frameworkVersion,
          pyVersion,
          instanceType,
          region: session.region,
        }),
      },
      HyperParameters: encodeHyperParameters({
        ...this.#options.hyperparameters,
        sagemaker_submit_directory: await uploadSource(session, this.#options, archive),
        sagemaker_program: programName(this.#options),
        sagemaker_container_log_level: 20,
        sagemaker_job_name: name,
        sagemaker_region: session.region,
        model_dir: '/opt/ml/model',
      }),
      ...(inputs === undefined ? {} : { InputDataConfig: channelsOf(inputs) }),
      OutputDataConfig: { S3OutputPath: outputPath },
      ...lifeSettings({ ...this.#options, instanceType }),
      ...(this.#options.environment ? { Environment: { ...this.#options.environment } } : {}),
    }
  }
}

function lifeSettings(options: TensorFlowOptions & { readonly instanceType: string }) {
  const { instanceType, maxRunSeconds, spot, checkpoints, keepAlivePeriodSeconds, maxRetryAttempts } = options
  const keepAlive =
    keepAlivePeriodSeconds === undefined ? {} : { KeepAlivePeriodInSeconds: keepAlivePeriodSeconds }
  return {
    ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 30, ...keepAlive },
    StoppingCondition: {
      MaxRuntimeInSeconds: maxRunSeconds ?? 86_400,
      ...(spot ? { MaxWaitTimeInSeconds: spot.maxWaitSeconds } : {}),
    },
    ...(spot ? { EnableManagedSpotTraining: true } : {}),
    ...(checkpoints
      ? {
          CheckpointConfig: {
            S3Uri: checkpoints.uri,
            ...(checkpoints.localPath ? { LocalPath: checkpoints.localPath } : {}),
          },
        }
      : {}),
    ...(maxRetryAttempts === undefined ? {} : { RetryStrategy: { MaximumRetryAttempts: maxRetryAttempts } }),
  }
}
