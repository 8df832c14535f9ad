/** Why a model was not loaded, as the caller is told: `{"error": "…"}`. */
export class LoadRefusal extends Error {
  override readonly name = 'LoadRefusal'
  readonly status: 404 | 408 | 409 | 500 | 507
  constructor(status: LoadRefusal['status'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** Source: SageMaker TensorFlow Serving container, python_service.py, for this class and each of its texts. */
export const alreadyLoaded = (name: string): LoadRefusal =>
  new LoadRefusal(409, `Model ${name} is already loaded.`)
export const noPorts = (): LoadRefusal =>
  new LoadRefusal(507, 'Memory exhausted: no available ports to load the model.')
export const noMemory = (cause?: unknown): LoadRefusal =>
  new LoadRefusal(507, 'Memory exhausted: not enough memory to start TFS instance', { cause })
export const timedOut = (seconds: number): LoadRefusal =>
  new LoadRefusal(408, `Timed out after ${seconds} seconds`)
export const noBasePath = (url: string, name: string, cause?: unknown): LoadRefusal =>
  new LoadRefusal(404, `Could not find valid base path ${url} for servable ${name}`, { cause })
