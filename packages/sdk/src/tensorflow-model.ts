import { imageUri } from './image-uri.ts'
import { nameFromBase } from './names.ts'
import { Predictor } from './predictor.ts'
import type { Session } from './session.ts'

export interface TensorFlowModelOptions {
  readonly session: Session
  readonly role: string
  /** `s3://…/model.tar.gz`. */
  readonly modelData: string
  readonly frameworkVersion: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface DeployOptions {
  /** Default: made from the image's name and the time. */
  readonly endpointName?: string
  /** Default `ml.c5.xlarge`. */
  readonly instanceType?: string
  /** Called with the endpoint's status while it comes up. */
  readonly onStatus?: (status: string) => void
  readonly signal?: AbortSignal
}

/** A SavedModel in an archive, ready to be put behind an endpoint. */
export class TensorFlowModel {
  readonly #options: TensorFlowModelOptions

  constructor(options: TensorFlowModelOptions) {
    this.#options = options
  }

  /** Resolves once the endpoint answers. Throws EndpointFailed with the server's reason. */
  async deploy(options: DeployOptions = {}): Promise<Predictor> {
    const { session, role, modelData, frameworkVersion, environment } = this.#options
    const { instanceType = 'ml.c5.xlarge' } = options
    const name = options.endpointName ?? nameFromBase('tensorflow-inference', new Date())
    await session.sagemaker.CreateModel({
      ModelName: name,
      ExecutionRoleArn: role,
      PrimaryContainer: {
        Image: imageUri({
          purpose: 'inference',
          frameworkVersion,
          pyVersion: '',
          instanceType,
          region: session.region,
        }),
        ModelDataUrl: modelData,
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
}
