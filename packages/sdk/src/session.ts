import {
  ApiError,
  type Client,
  type Credentials,
  createClient,
  logs,
  s3,
  sagemaker,
  sagemakerRuntime,
  sts,
} from '@sagebrush/api'

export interface SessionOptions {
  /** Where the server answers: `http://127.0.0.1:8400`. */
  readonly endpoint: string
  readonly region: string
  readonly credentials: Credentials
  /** Without one: `sagemaker-<region>-<account>`, as AWS's own SDK names it. */
  readonly defaultBucket?: string
}

/** The clients that the estimators, models and predictors talk through. */
export interface Session {
  readonly region: string
  readonly sagemaker: Client<typeof sagemaker>
  readonly runtime: Client<typeof sagemakerRuntime>
  readonly s3: Client<typeof s3>
  readonly logs: Client<typeof logs>
  /** Made at first use. */
  defaultBucket(): Promise<string>
}

/** Throws TypeError for an option that cannot be. */
export function createSession(options: SessionOptions): Session {
  const { endpoint, region, credentials } = options
  check(options)
  const connection = { endpoint, region, credentials }
  const objects = createClient(s3, connection)
  let bucket: Promise<string> | undefined
  return {
    region,
    sagemaker: createClient(sagemaker, connection),
    runtime: createClient(sagemakerRuntime, connection),
    s3: objects,
    logs: createClient(logs, connection),
    defaultBucket: () => (bucket ??= madeBucket()),
  }

  async function madeBucket(): Promise<string> {
    const name = options.defaultBucket ?? `sagemaker-${region}-${await account()}`
    await ensureBucket(objects, name, region)
    return name
  }

  async function account(): Promise<string> {
    const { Account } = await createClient(sts, connection).GetCallerIdentity({})
    if (!Account) throw new Error('the server did not name the account')
    return Account
  }
}

/** Options often come from an environment in which they are missing, whatever their types say. */
function check({ endpoint, region, credentials }: Partial<SessionOptions>): void {
  if (!/^https?:\/\//.test(endpoint ?? '') || !URL.canParse(endpoint ?? ''))
    throw new TypeError(`endpoint must be an address such as http://127.0.0.1:8400, not ${endpoint}`)
  if (!region) throw new TypeError(`region must be a name such as us-west-2, not ${region}`)
  if (!credentials?.accessKeyId || !credentials.secretAccessKey)
    throw new TypeError('credentials must have accessKeyId and secretAccessKey: "sagebrush env" prints them')
}

async function ensureBucket(client: Client<typeof s3>, name: string, region: string): Promise<void> {
  try {
    await client.HeadBucket({ Bucket: name })
  } catch (error) {
    if (!(error instanceof ApiError && error.httpStatus === 404)) throw error
    const place = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region } }
    await client.CreateBucket({ Bucket: name, ...place })
  }
}
