import { type DeployOptions, deployContainer } from './deploy-container.ts'
import type { Predictor } from './predictor.ts'
import type { Session } from './session.ts'

export type { DeployOptions } from './deploy-container.ts'

export interface TensorFlowModelOptions {
  readonly session: Session
  readonly role: string
  /** `s3://…/model.tar.gz`. */
  readonly modelData: string
  readonly frameworkVersion: string
  readonly environment?: Readonly<Record<string, string>>
}

/** A SavedModel in an archive, ready to be put behind an endpoint. */
export class TensorFlowModel {
  readonly #options: TensorFlowModelOptions

  constructor(options: TensorFlowModelOptions) {
    this.#options = options
  }

  /** Resolves once the endpoint answers. Throws EndpointFailed with the server's reason. */
  deploy(options: DeployOptions = {}): Promise<Predictor> {
    const { modelData, ...deployment } = this.#options
    return deployContainer({ ...deployment, model: { ModelDataUrl: modelData } }, options)
  }
}
