import type { InputOf, sagemaker } from '@sagebrush/api'
import { imageUri } from './image-uri.ts'
import { nameFromBase } from './names.ts'
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

type Container = NonNullable<InputOf<typeof sagemaker, 'CreateModel'>['PrimaryContainer']>

interface Deployment {
  readonly session: Session
  readonly role: string
  readonly frameworkVersion: string
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** What AWS's serving container is given to serve. */
  readonly model: Pick<Container, 'Mode' | 'ModelDataUrl' | 'MultiModelConfig'>
}

/** Model, configuration, endpoint, all of one name. Resolves once it answers. Throws EndpointFailed with the server's reason. */
export async function deployContainer(deployment: Deployment, options: DeployOptions): Promise<Predictor> {
  const { session, role, frameworkVersion, environment, model } = deployment
  const { instanceType = 'ml.c5.xlarge' } = options
  const name = options.endpointName ?? nameFromBase('tensorflow-inference', new Date())
  await session.sagemaker.CreateModel({
    ModelName: name,
    ExecutionRoleArn: role,
    PrimaryContainer: {
      Image: imageUri({ purpose: 'inference', frameworkVersion, instanceType, region: session.region }),
      ...model,
      ...(environment ? { Environment: { ...environment } } : {}),
    },
  })
  await session.sagemaker.CreateEndpointConfig({
    EndpointConfigName: name,
    ProductionVariants: [
      {
        VariantName: 'AllTraffic',
        ModelName: name,
        InitialInstanceCount: 1,
        InitialVariantWeight: 1,
        InstanceType: instanceType,
      },
    ],
  })
  await session.sagemaker.CreateEndpoint({ EndpointName: name, EndpointConfigName: name })
  const predictor = new Predictor({ session, endpointName: name })
  await predictor.waitUntilInService(options)
  return predictor
}
