import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type Bytes, bytesOf, readAll } from '@sagebrush/api'
import type { Session } from './session.ts'

export interface PredictorOptions {
  readonly session: Session
  readonly endpointName: string
}

export interface PredictOptions {
  /** Which model of a multi-model endpoint: the archive's path below the prefix. */
  readonly targetModel?: string
  readonly signal?: AbortSignal
}

export interface InvokeOptions extends PredictOptions {
  readonly contentType: string
  readonly accept?: string
  readonly customAttributes?: string
}

export class EndpointFailed extends Error {}

const pollMillis = 200
const deleteDeadlineMillis = 120_000
/** AWS's own bound on an answer of a real-time endpoint is far lower. */
const answerLimitBytes = 256 * 1024 * 1024

/** An endpoint to ask. */
export class Predictor {
  readonly endpointName: string
  readonly #session: Session

  constructor({ session, endpointName }: PredictorOptions) {
    this.#session = session
    this.endpointName = endpointName
  }

  /**
   * Sends `data` as JSON and reads the answer as JSON: nested lists, or TensorFlow Serving's
   * `{ instances }` and `{ inputs }`. Throws ApiError `ModelError` with the container's own words.
   */
  async predict(data: unknown, options: PredictOptions = {}): Promise<unknown> {
    const answer = await this.invoke(JSON.stringify(data), { ...options, contentType: 'application/json' })
    return JSON.parse(answer.toString('utf8'))
  }

  /** Sends bytes of any content type and reads the answer's bytes. */
  async invoke(body: string | Uint8Array | Bytes, options: InvokeOptions): Promise<Buffer> {
    const { Body } = await this.#session.runtime.InvokeEndpoint(
      {
        EndpointName: this.endpointName,
        ContentType: options.contentType,
        ...(options.accept ? { Accept: options.accept } : {}),
        ...(options.customAttributes ? { CustomAttributes: options.customAttributes } : {}),
        ...(options.targetModel ? { TargetModel: options.targetModel } : {}),
        Body: typeof body === 'string' || body instanceof Uint8Array ? bytesOf(body) : body,
      },
      options.signal ? { signal: options.signal } : {},
    )
    return readAll(Body, answerLimitBytes)
  }

  /** Throws EndpointFailed with the endpoint's own reason. */
  async waitUntilInService(
    options: { onStatus?: (status: string) => void; signal?: AbortSignal } = {},
  ): Promise<void> {
    for (let last = ''; ; ) {
      const endpoint = await this.#session.sagemaker.DescribeEndpoint({ EndpointName: this.endpointName })
      if (endpoint.EndpointStatus !== last) options.onStatus?.(endpoint.EndpointStatus)
      last = endpoint.EndpointStatus
      if (last === 'InService') return
      if (last === 'Failed') {
        throw new EndpointFailed(
          `Error hosting endpoint ${this.endpointName}: Failed. Reason: ${endpoint.FailureReason}`,
        )
      }
      await sleep(pollMillis, undefined, options.signal ? { signal: options.signal } : {})
    }
  }

  /** Deletes the endpoint, its configuration and its model; resolves once the endpoint is gone. */
  async deleteEndpoint(): Promise<void> {
    const { sagemaker } = this.#session
    const { EndpointConfigName } = await sagemaker.DescribeEndpoint({ EndpointName: this.endpointName })
    if (EndpointConfigName) await this.#deleteConfiguration(EndpointConfigName)
    await sagemaker.DeleteEndpoint({ EndpointName: this.endpointName })
    await this.#untilGone(AbortSignal.timeout(deleteDeadlineMillis))
  }

  async #deleteConfiguration(name: string): Promise<void> {
    const { sagemaker } = this.#session
    const { ProductionVariants } = await sagemaker.DescribeEndpointConfig({ EndpointConfigName: name })
    await sagemaker.DeleteEndpointConfig({ EndpointConfigName: name })
    for (const { ModelName } of ProductionVariants) if (ModelName) await sagemaker.DeleteModel({ ModelName })
  }

  async #untilGone(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#session.sagemaker.DescribeEndpoint({ EndpointName: this.endpointName })
        await sleep(pollMillis, undefined, { signal })
      }
    } catch (error) {
      if (error instanceof ApiError && error.code === 'ValidationException') return
      throw error
    }
  }
}
