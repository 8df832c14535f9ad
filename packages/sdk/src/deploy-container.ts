import type { InputOf, sagemaker } from '@sagebrush/api'
import { Predictor } from './predictor.ts'
import type { Session } from './session.ts'

export interface DeployOptions {
  /** Default: made from the image's name and the time. */
  readonly endpointName?: string
  /** Default `ml.c5.xlarge`. */
  readonly instanceType?: string
  /** Called with the endpoint's status while it comes up. */
  readonly onStatus?: (status: string) => void
  readonly signal?: AbortSignal
}

export const defaultInstanceType = 'ml.c5.xlarge'

interface Deployment extends DeployOptions {
  readonly session: Session
  readonly role: string
  /** Of the model, the configuration and the endpoint alike. */
  readonly name: string
  readonly container: NonNullable<InputOf<typeof sagemaker, 'CreateModel'>['PrimaryContainer']>
}

/** Model, configuration, endpoint. Resolves once it answers. Throws EndpointFailed with the server's reason. */
export async function deployContainer({
  session,
  role,
  name,
  container,
  ...options
}: Deployment): Promise<Predictor> {
  await session.sagemaker.CreateModel({
    ModelName: name,
    ExecutionRoleArn: role,
    PrimaryContainer: container,
  })
  await session.sagemaker.CreateEndpointConfig({
    EndpointConfigName: name,
    ProductionVariants: [
      {
        VariantName: 'AllTraffic',
        ModelName: name,
        InitialInstanceCount: 1,
        InitialVariantWeight: 1,
        InstanceType: options.instanceType ?? defaultInstanceType,
      },
    ],
  })
  await session.sagemaker.CreateEndpoint({ EndpointName: name, EndpointConfigName: name })
  const predictor = new Predictor({ session, endpointName: name })
  await predictor.waitUntilInService(options)
  return predictor
}
