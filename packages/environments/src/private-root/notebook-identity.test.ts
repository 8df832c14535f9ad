import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type NotebookIdentity, notebookIdentity } from './notebook-identity.ts'

let directory: string
let identity: NotebookIdentity

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'identity-'))
  identity = await notebookIdentity({
    endpoint: 'http://127.0.0.1:8400',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    region: 'eu-west-1',
    account: '123456789012',
    bucket: 'the-bucket',
    directory,
    variables: { NO_PROXY: 'internal.example', AWS_ENDPOINT_URL_S3: 'https://elsewhere', HOME: '/home/x' },
  })
})
afterEach(() => rm(directory, { recursive: true }))

it('writes the role where the SDK looks for it', async () => {
  const text = await readFile(join(identity.mlDirectory, 'metadata', 'resource-metadata.json'), 'utf8')
  expect(JSON.parse(text).ExecutionRoleArn).toBe('arn:aws:iam::123456789012:role/SageMakerRole')
})

it('writes a configuration with the bucket and without telemetry', async () => {
  const text = await readFile(String(identity.env.SAGEMAKER_USER_CONFIG_OVERRIDE), 'utf8')
  expect(JSON.parse(text).SageMaker.PythonSDK.Modules).toEqual({
    TelemetryOptOut: true,
    Session: { DefaultS3Bucket: 'the-bucket' },
  })
})

it('leads every client to the endpoint', () => {
  expect(identity.env).toMatchObject({
    AWS_ENDPOINT_URL: 'http://127.0.0.1:8400',
    S3_ENDPOINT_URL: 'http://127.0.0.1:8400',
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: 'internal.example,127.0.0.1,localhost',
  })
})

it('takes out what would lead elsewhere', () => {
  const removed = Object.keys(identity.env).filter((name) => identity.env[name] === undefined)
  expect(removed).toEqual(expect.arrayContaining(['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ENDPOINT_URL_S3']))
})
