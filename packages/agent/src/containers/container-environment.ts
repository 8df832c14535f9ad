import type { Credentials } from '@sagebrush/api'
import { connectionVariables, withoutProxyFor } from '../host/host-variables.ts'
import type { TrainPlan } from '../plan/host-plan.ts'

/**
 * What a container of the user's own finds in its environment. What the job sets wins. One without a network gets no
 * credentials. Source: training container contract.
 */
export function containerEnvironment(plan: TrainPlan, credentials: Credentials): Record<string, string> {
  const facts = { TRAINING_JOB_NAME: plan.name, TRAINING_JOB_ARN: plan.arn, SAGEMAKER_REGION: plan.region }
  return {
    ...facts,
    ...connectionVariables(plan, credentials),
    ...(plan.isIsolated ? {} : withoutProxyFor(plan.endpoint, plan.environment)),
    ...plan.environment,
  }
}
