import type { Credentials } from '@sagebrush/api'
import { connectionVariables, inheritedVariables, withoutProxyFor } from '../../host/host-variables.ts'
import type { TrainPlan } from '../../plan/host-plan.ts'
import type { HyperParameters } from '../toolkit/hyper-parameters/hyper-parameters.ts'
import { frameworkModule } from '../toolkit/sm-environment.ts'

export interface ProgramEnvironmentFacts {
  readonly plan: TrainPlan
  readonly hyperParameters: HyperParameters
  readonly credentials: Credentials
  /** The agent's own variables. */
  readonly inherited: Readonly<Record<string, string | undefined>>
  /** The Python environment's: PATH and the like. */
  readonly python: Readonly<Record<string, string>>
  readonly sm: Readonly<Record<string, string>>
  /** The code's folder as the program sees it. */
  readonly codeDirectory: string
  /** A folder of Python packages that every program can import; those that it brings come first. */
  readonly ourPackages: string
}

/**
 * All variables of the user's program. What the job sets wins over the platform's, and the toolkit's own over
 * both, as in a container. `TF_CONFIG` is there only when the job sets it: one host has no cluster.
 */
export function programEnvironment(facts: ProgramEnvironmentFacts): Record<string, string> {
  const { plan, python, sm } = facts
  const base = {
    ...inheritedVariables(facts.inherited),
    ...python,
    ...connectionVariables(plan, facts.credentials),
    ...platformVariables(plan),
    ...(plan.isIsolated ? { TF_CPP_MIN_LOG_LEVEL: '1' } : tensorFlowVariables(plan)),
    ...plan.environment,
  }
  return {
    ...base,
    ...ownGpus(plan),
    ...withoutProxyFor(plan.endpoint, base),
    ...toolkitVariables(facts),
    ...sm,
    PYTHONPATH: joinPaths(
      facts.codeDirectory,
      plan.environment.PYTHONPATH,
      python.PYTHONPATH,
      facts.ourPackages,
    ),
  }
}

/** Source: training container contract. */
function platformVariables(plan: TrainPlan): Record<string, string> {
  return {
    TRAINING_JOB_NAME: plan.name,
    TRAINING_JOB_ARN: plan.arn,
    SAGEMAKER_REGION: plan.region,
    SAGEMAKER_TRAINING_MODULE: frameworkModule,
    PYTHONUNBUFFERED: '1',
    PYTHONIOENCODING: 'UTF-8',
  }
}

/** None but its own, whatever the job says; it may want none at all. */
function ownGpus({
  share,
  environment: { CUDA_VISIBLE_DEVICES: wanted },
}: TrainPlan): Record<string, string> {
  if (share?.gpus === undefined || wanted === '' || wanted === '-1') return {}
  return { CUDA_VISIBLE_DEVICES: share.gpus.join(',') }
}

/** What TensorFlow's own and tensorflow-io's S3 file systems read. */
function tensorFlowVariables(plan: TrainPlan): Record<string, string> {
  const url = new URL(plan.endpoint)
  const secure = url.protocol === 'https:' ? '1' : '0'
  return {
    TF_CPP_MIN_LOG_LEVEL: '1',
    S3_REGION: plan.region,
    S3_ENDPOINT: url.host,
    S3_USE_HTTPS: secure,
    S3_VERIFY_SSL: secure,
  }
}

function toolkitVariables({ plan, hyperParameters }: ProgramEnvironmentFacts): Record<string, string> {
  return {
    SAGEMAKER_JOB_NAME: hyperParameters.toolkit.jobName || plan.name,
    CURRENT_HOST: plan.cluster.current,
  }
}

function joinPaths(...paths: readonly (string | undefined)[]): string {
  return paths.filter((path) => path !== undefined && path !== '').join(':')
}
