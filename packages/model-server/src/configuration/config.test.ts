import { describe, expect, test } from 'vitest'
import { readConfig, usage } from './config.ts'

describe('readConfig', () => {
  test('has a default for everything', () => {
    expect(readConfig([], { HOME: '/home/u' })).toMatchObject({
      modelDirectory: '/opt/ml/model',
      host: '0.0.0.0',
      port: 8080,
      modelPorts: [{ grpc: 9000, rest: 8501 }],
      handlers: { workers: 1, concurrency: 64, handlerSeconds: 30, answerSeconds: 60 },
      instances: 1,
      loadSeconds: undefined,
      libraryPath: undefined,
      defaultModel: undefined,
      bodyLimitBytes: 256 * 1024 * 1024,
      runTimeoutMillis: 30_000,
      drainSeconds: 25,
      isStrict: false,
      level: '2.19',
    })
  })

  test("takes the container's variables, and flags before them", () => {
    const variables = {
      SAGEMAKER_BIND_TO_PORT: '9000',
      SAGEMAKER_TFS_DEFAULT_MODEL_NAME: 'm',
      SAGEMAKER_TFS_INTRA_OP_PARALLELISM: '2',
      SAGEBRUSH_COMPAT: '2.20',
      SAGEBRUSH_STRICT: '1',
    }
    expect(readConfig([], variables)).toMatchObject({ port: 9000, defaultModel: 'm', intraOpThreads: 2 })
    expect(readConfig([], variables)).toMatchObject({ level: '2.20', isStrict: true })
    expect(readConfig(['--container_compat=2.19', '--container_strict', 'false'], variables)).toMatchObject({
      level: '2.19',
      isStrict: false,
    })
    const flags = ['--port', '0', '--default_model_name=n', '--libtensorflow', '/x.so', '--model_dir', 'd']
    expect(readConfig(flags, variables)).toMatchObject({
      port: 0,
      defaultModel: 'n',
      libraryPath: '/x.so',
      modelDirectory: 'd',
    })
  })

  test("lets others in only where it is started as the container's image is", () => {
    expect(readConfig(['--model_dir', 'd'], {}).host).toBe('127.0.0.1')
    expect(readConfig(['--model_dir', 'd', '--host', '::'], {}).host).toBe('::')
  })

  test.each([
    [{}, [{ grpc: 9000, rest: 8501 }]],
    [{ SAGEMAKER_SAFE_PORT_RANGE: '9100-9105' }, [9100, 9102].map((grpc) => ({ grpc, rest: grpc + 1 }))],
    [{ SAGEMAKER_SAFE_PORT_RANGE: '9100-9105', SAGEMAKER_MULTI_MODEL: 'true' }, []],
    [{ SAGEMAKER_SAFE_PORT_RANGE: '9100-9105', SAGEMAKER_BIND_TO_PORT: '0' }, []],
  ])('tells where handlers may reach the models: %j', (variables, pairs) => {
    expect(readConfig([], variables).modelPorts).toEqual(pairs)
  })

  test("reads the handlers' variables", () => {
    const variables = {
      SAGEMAKER_GUNICORN_WORKERS: '3',
      SAGEMAKER_GUNICORN_WORKER_CLASS: 'gthread',
      SAGEMAKER_GUNICORN_THREADS: '5',
      SAGEMAKER_GUNICORN_TIMEOUT_SECONDS: '120',
      SAGEMAKER_TFS_WAIT_TIME_SECONDS: '7',
    }
    expect(readConfig([], variables)).toMatchObject({
      handlers: { workers: 3, concurrency: 5, handlerSeconds: 120, answerSeconds: 120, modelSeconds: 7 },
      loadSeconds: 7,
    })
    expect(readConfig([], { SAGEMAKER_GUNICORN_WORKER_CLASS: 'sync' }).handlers.concurrency).toBe(1)
  })

  test("leaves a margin of the GPU's memory where there would be several processes", () => {
    expect(readConfig([], {}).sessionConfig).toHaveLength(0)
    const variables = { SAGEMAKER_TFS_INSTANCE_COUNT: '4', SAGEMAKER_TFS_FRACTIONAL_GPU_MEM_MARGIN: '0.25' }
    const { sessionConfig } = readConfig([], variables)
    expect(Buffer.from(sessionConfig).readDoubleLE(3)).toBe(0.75)
  })

  test.each([
    ['SAGEMAKER_SAFE_PORT_RANGE', '9000', /must be two ports/],
    ['SAGEMAKER_SAFE_PORT_RANGE', '9000-9001', /too small for 1 instances/],
    ['SAGEMAKER_TFS_INSTANCE_COUNT', '0', /whole number/],
    ['SAGEMAKER_TFS_WAIT_TIME_SECONDS', 'soon', /whole number/],
    ['SAGEMAKER_TFS_FRACTIONAL_GPU_MEM_MARGIN', '1.5', /from 0 to below 1/],
    ['SAGEMAKER_TFS_NGINX_LOGLEVEL', 'loud', /must be one of/],
    ['SAGEMAKER_GUNICORN_LOGLEVEL', 'warn', /must be one of/],
    ['SAGEMAKER_GUNICORN_WORKERS', '-1', /whole number/],
    ['SAGEMAKER_GUNICORN_WORKER_CLASS', 'uvloop', /must be one of sync/],
    ['SAGEMAKER_GUNICORN_TIMEOUT_SECONDS', '1.5', /whole number/],
    ['SAGEMAKER_NGINX_PROXY_READ_TIMEOUT_SECONDS', '', /whole number/],
  ])('refuses %s=%s', (name, value, reason) => {
    expect(() => readConfig([], { [name]: value })).toThrow(reason)
  })

  test('takes the default model None for none', () => {
    expect(readConfig([], { SAGEMAKER_TFS_DEFAULT_MODEL_NAME: 'None' }).defaultModel).toBeUndefined()
  })

  test.each([
    [[], {}, undefined],
    [['--enable_batching=false'], { SAGEMAKER_TFS_ENABLE_BATCHING: 'true' }, undefined],
    [
      ['--enable_batching'],
      { SAGEMAKER_TFS_MAX_BATCH_SIZE: '16' },
      { parametersFile: undefined, parameters: { maxBatchSize: 16 }, isPerModel: false },
    ],
    [
      ['--enable_batching', '--batching_parameters_file', 'f', '--enable_per_model_batching_parameters=true'],
      {},
      { parametersFile: 'f', parameters: {}, isPerModel: true },
    ],
    [[], { SAGEMAKER_TFS_ENABLE_BATCHING: 'True' }, { parameters: { maxBatchSize: 8 } }],
  ])('tells of batching by %j with %j', (flags, variables, expected) => {
    const { batching } = readConfig(flags, variables)
    if (expected) expect(batching).toMatchObject(expected)
    else expect(batching).toBeUndefined()
  })

  test.each([
    [['--batching_parameters_file', 'f'], {}, '--batching_parameters_file needs --enable_batching'],
    [['--enable_batching=maybe'], {}, '--enable_batching must be true or false, not "maybe"'],
    [['--container_compat', '2.2'], {}, '--container_compat must be 2.19 or 2.20, not "2.2"'],
    [['--port', 'x'], {}, '--port must be a whole number from 0 to 65535, not "x"'],
    [['--port', '70000'], {}, '--port must be a whole number from 0 to 65535, not "70000"'],
    [['--prot', '1'], {}, 'unknown flag --prot'],
    [['model'], {}, 'unknown flag model'],
    [['--port'], {}, '--port needs a value'],
    [[], { SAGEMAKER_BIND_TO_PORT: '-1' }, '--port must be a whole number from 0 to 65535, not "-1"'],
  ])('refuses %j with %j', (flags, variables, message) => {
    expect(() => readConfig(flags, variables)).toThrow(message)
  })

  test('its usage names every flag', () => {
    expect(usage).toContain('--libtensorflow')
    expect(usage).toContain('SAGEMAKER_BIND_TO_PORT')
  })
})
