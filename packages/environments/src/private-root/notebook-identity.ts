import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface NotebookOptions {
  /** `http://127.0.0.1:8400` */
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly region: string
  readonly account: string
  /** The SDK's default bucket; made by the SDK when it is first used. */
  readonly bucket: string
  /** Where the files are written; made when missing. */
  readonly directory: string
  /** Variables of the program as they would be, for proxies that must leave the endpoint alone. */
  readonly variables?: Readonly<Record<string, string | undefined>>
}

export interface NotebookIdentity {
  /** To be laid over the program's variables; undefined means: to be taken out. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** What has to be `/opt/ml` for `get_execution_role()` to find its role. */
  readonly mlDirectory: string
}

const roleName = 'SageMakerRole'

/**
 * Makes what a SageMaker notebook instance has: the file that tells its role, the SDK's configuration and the variables
 * that lead every AWS client to the endpoint. With them neither the SDK's `Session()`, `default_bucket()` and
 * `get_execution_role()` nor `fit()` call STS at its own address. Source: SageMaker Python SDK 2.257.
 */
export async function notebookIdentity(options: NotebookOptions): Promise<NotebookIdentity> {
  const mlDirectory = join(options.directory, 'ml')
  const configuration = join(options.directory, 'sagemaker-config.yaml')
  await mkdir(join(mlDirectory, 'metadata'), { recursive: true })
  await writeFile(join(mlDirectory, 'metadata', 'resource-metadata.json'), metadataText(options))
  await writeFile(configuration, configurationText(options))
  return { env: { ...clientVariables(options), SAGEMAKER_USER_CONFIG_OVERRIDE: configuration }, mlDirectory }
}

function metadataText({ region, account }: NotebookOptions): string {
  const arn = `arn:aws:sagemaker:${region}:${account}:notebook-instance/sagebrush`
  const role = `arn:aws:iam::${account}:role/${roleName}`
  return `${JSON.stringify({ ResourceArn: arn, ResourceName: 'sagebrush', ExecutionRoleArn: role })}\n`
}

/** JSON is YAML. */
function configurationText({ bucket }: NotebookOptions): string {
  const Modules = { TelemetryOptOut: true, Session: { DefaultS3Bucket: bucket } }
  return `${JSON.stringify({ SchemaVersion: '1.0', SageMaker: { PythonSDK: { Modules } } }, null, 2)}\n`
}

function clientVariables(options: NotebookOptions): Record<string, string | undefined> {
  const { endpoint, credentials, region, variables = {} } = options
  return {
    ...withoutServiceEndpoints(variables),
    AWS_ENDPOINT_URL: endpoint,
    S3_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_DEFAULT_PROFILE: undefined,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...directConnection(endpoint, variables),
  }
}

/** An endpoint of one service would win over the endpoint of all. */
function withoutServiceEndpoints(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, undefined> {
  const names = Object.keys(variables).filter((name) => name.startsWith('AWS_ENDPOINT_URL_'))
  return Object.fromEntries(names.map((name) => [name, undefined]))
}

/** A proxy must not catch the calls to the endpoint. */
function directConnection(
  endpoint: string,
  { no_proxy, NO_PROXY }: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const hosts = [no_proxy ?? NO_PROXY, new URL(endpoint).hostname, '127.0.0.1', 'localhost']
  const list = [...new Set(hosts.filter(Boolean))].join(',')
  return { no_proxy: list, NO_PROXY: list }
}
