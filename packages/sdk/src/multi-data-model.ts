import { basename, posix } from 'node:path'
import { type DeployOptions, deployContainer } from './deploy-container.ts'
import type { Predictor } from './predictor.ts'
import { parseS3Uri } from './s3-uri.ts'
import type { Session } from './session.ts'
import { uploadFile } from './upload.ts'

export interface MultiDataModelOptions {
  readonly session: Session
  readonly role: string
  /** `s3://bucket/prefix/`: every archive below it is a model. */
  readonly modelDataPrefix: string
  readonly frameworkVersion: string
  readonly environment?: Readonly<Record<string, string>>
  /** False: models are unloaded as soon as they have answered. Default true. */
  readonly isCaching?: boolean
}

/** Many models behind one endpoint, each loaded when it is first asked for: `predict(data, { targetModel })`. */
export class MultiDataModel {
  readonly #options: MultiDataModelOptions
  /** Ends in a slash. */
  readonly #prefix: string

  constructor(options: MultiDataModelOptions) {
    this.#options = options
    this.#prefix = `${options.modelDataPrefix.replace(/\/+$/, '')}/`
    parseS3Uri(this.#prefix)
  }

  /**
   * Adds an archive, also while the endpoint runs: a file of this machine or `s3://…/model.tar.gz`. Resolves to the
   * name to ask for it by, `path` or the archive's own name. Throws ApiError and the file's error.
   */
  async addModel(source: string, path: string = basename(source)): Promise<string> {
    const { session } = this.#options
    const name = posix.normalize(path).replace(/^\/+/, '')
    if (!source.startsWith('s3://')) {
      await uploadFile(session, source, this.#prefix + name)
      return name
    }
    const from = parseS3Uri(source)
    const { bucket, key } = parseS3Uri(this.#prefix + name)
    const CopySource = `${from.bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`
    await session.s3.CopyObject({ Bucket: bucket, Key: key, CopySource })
    return name
  }

  /** The names that `targetModel` takes. */
  async *listModels(): AsyncGenerator<string> {
    const { bucket, key } = parseS3Uri(this.#prefix)
    let token: string | undefined
    do {
      const page = await this.#options.session.s3.ListObjectsV2({
        Bucket: bucket,
        Prefix: key,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      })
      for (const { Key = '' } of page.Contents ?? []) if (Key !== key) yield Key.slice(key.length)
      token = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  /** Resolves once the endpoint answers, with no model loaded. Throws EndpointFailed with the server's reason. */
  deploy(options: DeployOptions = {}): Promise<Predictor> {
    const { isCaching = true } = this.#options
    const model = {
      Mode: 'MultiModel' as const,
      ModelDataUrl: this.#prefix,
      MultiModelConfig: { ModelCacheSetting: isCaching ? ('Enabled' as const) : ('Disabled' as const) },
    }
    return deployContainer({ ...this.#options, model }, options)
  }
}
