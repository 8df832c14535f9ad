import { describe, expect, it } from 'vitest'
import type { TrainPlan } from '../../plan/host-plan.ts'
import { samplePlan } from '../../testing/plans.ts'
import { readHyperParameters } from '../toolkit/hyper-parameters/hyper-parameters.ts'
import { type ProgramEnvironmentFacts, programEnvironment } from './program-environment.ts'

const variablesOf = (plan: Partial<TrainPlan>, more: Partial<ProgramEnvironmentFacts> = {}) =>
  programEnvironment({
    plan: samplePlan(plan),
    hyperParameters: readHyperParameters({}, 'job'),
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    inherited: {},
    python: {},
    sm: {},
    codeDirectory: '/opt/ml/code',
    ourPackages: '/ours',
    ...more,
  })

describe('programEnvironment', () => {
  it('tells a program who it is and how to reach the server', () => {
    expect(variablesOf({})).toMatchObject({
      TRAINING_JOB_NAME: 'job',
      TRAINING_JOB_ARN: 'arn:aws:sagemaker:us-west-2:123456789012:training-job/job',
      AWS_REGION: 'us-west-2',
      AWS_DEFAULT_REGION: 'us-west-2',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:8400',
      S3_ENDPOINT_URL: 'http://127.0.0.1:8400',
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'secret',
      S3_ENDPOINT: '127.0.0.1:8400',
      S3_USE_HTTPS: '0',
      PYTHONUNBUFFERED: '1',
      PYTHONPATH: '/opt/ml/code:/ours',
      CURRENT_HOST: 'algo-1',
      SAGEMAKER_JOB_NAME: 'job',
    })
  })

  it.each<[string, readonly string[] | undefined, Record<string, string>, string | undefined]>([
    ['those of its share', ['2', '3'], {}, '2,3'],
    ['none where its share has none', [], {}, ''],
    ['no others, whatever the job says', ['2'], { CUDA_VISIBLE_DEVICES: '0,1' }, '2'],
    ['none when the job wants none', ['2'], { CUDA_VISIBLE_DEVICES: '-1' }, '-1'],
    ['all where there is nothing to share', undefined, {}, undefined],
  ])('shows a program its GPUs: %s', (_situation, gpus, environment, seen) => {
    const share = { cpus: 1, memoryLimitBytes: 1, processLimit: 1, ...(gpus === undefined ? {} : { gpus }) }
    expect(variablesOf({ environment, share }).CUDA_VISIBLE_DEVICES).toBe(seen)
  })

  it('passes on what a program needs of the host, and nothing else', () => {
    const inherited = {
      PATH: '/usr/bin',
      HTTPS_PROXY: 'http://proxy:3128',
      PIP_INDEX_URL: 'https://index',
      CUDA_VISIBLE_DEVICES: '0',
      SAGEBRUSH_HOST_DIRECTORY: '/data/hosts/1/0',
      AWS_SESSION_TOKEN: 'other',
      DATABASE_PASSWORD: 'x',
      TF_CONFIG: '{}',
      PYTHONPATH: '/elsewhere',
      PYTHONHOME: '/elsewhere',
      VIRTUAL_ENV: '/elsewhere',
    }
    const { PATH, HTTPS_PROXY, PIP_INDEX_URL, CUDA_VISIBLE_DEVICES, SAGEBRUSH_HOST_DIRECTORY, ...rest } =
      variablesOf({}, { inherited })
    expect([PATH, HTTPS_PROXY, PIP_INDEX_URL, CUDA_VISIBLE_DEVICES, SAGEBRUSH_HOST_DIRECTORY]).toEqual([
      ...['/usr/bin', 'http://proxy:3128', 'https://index', '0', '/data/hosts/1/0'],
    ])
    for (const name of ['AWS_SESSION_TOKEN', 'DATABASE_PASSWORD', 'TF_CONFIG', 'PYTHONHOME', 'VIRTUAL_ENV'])
      expect(rest).not.toHaveProperty(name)
    expect(rest.PYTHONPATH).toBe('/opt/ml/code:/ours')
  })

  it.each<[string, Record<string, string>, string]>([
    ['without a list', {}, '127.0.0.1,localhost'],
    ['with a list', { NO_PROXY: 'intranet' }, 'intranet,127.0.0.1,localhost'],
  ])('keeps proxies away from the server, %s', (_situation, inherited, expected) => {
    expect(variablesOf({}, { inherited })).toMatchObject({ NO_PROXY: expected, no_proxy: expected })
  })

  it("lets the job's own variables win over the platform's, but not over the toolkit's", () => {
    const environment = {
      AWS_REGION: 'eu-west-1',
      PYTHONPATH: '/mine',
      SM_MODEL_DIR: '/mine',
      TF_CONFIG: '{"x":1}',
    }
    const python = { PATH: '/env/bin:/usr/bin', PYTHONPATH: '/env/patches' }
    const variables = variablesOf({ environment }, { python, sm: { SM_MODEL_DIR: '/opt/ml/model' } })
    expect(variables).toMatchObject({
      AWS_REGION: 'eu-west-1',
      PATH: '/env/bin:/usr/bin',
      PYTHONPATH: '/opt/ml/code:/mine:/env/patches:/ours',
      SM_MODEL_DIR: '/opt/ml/model',
      TF_CONFIG: '{"x":1}',
    })
  })
})
