import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError } from '../flags/read-flags.ts'
import { servingFlags, servingUsage } from '../flags/serving-flags.ts'
import { usualChannelSettings } from '../grpc/transport/channel-arguments.ts'
import { clientIdentity, serverIdentity } from '../testing/certificates.ts'
import { readServingConfig } from './serving-config.ts'

const directory = mkdtempSync(join(tmpdir(), 'serving-config-'))
afterAll(() => rmSync(directory, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}
const one = '--model_base_path=/models/m'
const sslText = (key: string): string =>
  `server_key: ${JSON.stringify(key)} server_cert: ${JSON.stringify(serverIdentity.certificate)} client_verify: true`

describe('readServingConfig', () => {
  test("takes tensorflow_model_server's own command line", () => {
    const docker = '--port=8500 --rest_api_port=8501 --model_name=m --model_base_path=/models/m'
    expect(readServingConfig(docker.split(' '))).toMatchObject({
      configuration: { models: [{ name: 'm', basePath: '/models/m', versions: { latest: 1 } }] },
      configFile: undefined,
      filePollSeconds: 1,
      maxLoadRetries: 5,
      retryMillis: 60_000,
      areLabelsFree: false,
      warmupRounds: 1,
      rest: { port: 8501, isCorsEnabled: false },
      grpc: { port: 8500, socketPath: undefined, ssl: undefined, maxThreads: 0 },
      metricsPath: undefined,
      batching: undefined,
      savedModelTags: ['serve'],
      remarks: [],
    })
  })

  test.each([
    ['--rest_api_enable_cors_support', true],
    ['--rest_api_enable_cors_support=true', true],
    ['--rest_api_enable_cors_support true', true],
    ['--rest_api_enable_cors_support=1', true],
    ['--rest_api_enable_cors_support false', false],
    ['--rest_api_enable_cors_support=False', false],
    ['--rest_api_enable_cors_support TRUE', true],
    ['--norest_api', undefined],
  ])('reads %s', (text, isCorsEnabled) => {
    const read = () => readServingConfig([one, '--rest_api_port', 'any', ...text.split(' ')])
    if (isCorsEnabled === undefined) expect(read).toThrow('unknown flag --norest_api')
    else expect(read().rest).toEqual({ port: 0, isCorsEnabled })
  })

  test('reads the files', () => {
    const models = 'model_config_list { config { name: "a" base_path: "/a" model_platform: "tensorflow" } }'
    const config = readServingConfig([
      `--model_config_file=${file('models', models)}`,
      '--model_config_file_poll_wait_seconds=5',
      `--monitoring_config_file=${file('monitoring', 'prometheus_config { enable: true }')}`,
      `--ssl_config_file=${file('ssl', sslText(serverIdentity.key))}`,
      `--tensorflow_session_config_file=${file('session', 'intra_op_parallelism_threads: 3 graph_options { optimizer_options { opt_level: L0 } }')}`,
      '--grpc_channel_arguments=grpc.max_concurrent_streams=2',
    ])
    expect(config.configuration.models).toHaveLength(1)
    expect(config.configFile).toMatchObject({ text: models, pollSeconds: 5 })
    expect(config.metricsPath).toBe('/monitoring/prometheus/metrics')
    expect(config.grpc.ssl).toEqual({
      ...{ serverKey: serverIdentity.key, serverCert: serverIdentity.certificate },
      ...{ customCa: '', clientVerify: true },
    })
    expect(config.grpc.channel).toEqual({ ...usualChannelSettings, maxStreams: 2 })
    const level0 = [0x18, ...new Array<number>(9).fill(0xff), 1]
    expect([...config.sessionConfig]).toEqual([0x10, 3, 0x52, 13, 0x1a, 11, ...level0])
  })

  test.each([
    [['--prot=1'], 'unknown flag --prot=1'],
    [[one, 'x'], 'unknown flag x'],
    [['--toString=1'], 'unknown flag --toString=1'],
    [[], 'Both --model_base_path and --model_config_file are empty'],
    [[one, '--port=0'], 'Neither --port nor --grpc_socket_path is set'],
    [[one, '--port=65536'], '--port must be a whole number from 0 to 65535, not "65536"'],
    [[one, '--port'], '--port needs a value'],
    [[one, '--enable_batching=yes'], '--enable_batching must be true or false, not "yes"'],
    [
      [one, '--per_process_gpu_memory_fraction=x'],
      '--per_process_gpu_memory_fraction must be a number, not "x"',
    ],
    [
      [one, '--batching_parameters_file=/b'],
      '--batching_parameters_file is set without setting --enable_batching to true',
    ],
    [
      [one, '--grpc_channel_arguments=grpc.max_metadata_size=x'],
      '--grpc_channel_arguments: grpc.max_metadata_size cannot be "x"',
    ],
    [[one, '--run_thread=fast'], '--run_thread must be auto, caller or pool, not "fast"'],
    [[one, '--use_alts_credentials'], '--use_alts_credentials cannot be had'],
    [
      ['--model_base_path=m'],
      '--model_base_path: Expected model default to have an absolute path or URI; got base_path()=m',
    ],
    [['--model_config_file=/none'], '--model_config_file cannot be read: ENOENT'],
    [
      [one, ...['session', 'intra_op', 'inter_op'].map((name) => `--tensorflow_${name}_parallelism=1`)],
      '--tensorflow_session_parallelism is set together with',
    ],
  ])('refuses %j', (argv, reason) => {
    expect(() => readServingConfig(argv)).toThrow(ConfigError)
    expect(() => readServingConfig(argv)).toThrow(reason)
  })

  test.each([
    ['', '--ssl_config_file must have a server_key and a server_cert'],
    ['server_key: "a" server_cert: "b"', '--ssl_config_file has PEM texts that cannot be used: '],
    [sslText(clientIdentity.key), 'key values mismatch'],
  ])('refuses TLS that cannot work', (text, reason) => {
    const flags = [one, `--ssl_config_file=${file('bad-ssl', text)}`]
    expect(() => readServingConfig(flags)).toThrow(ConfigError)
    expect(() => readServingConfig(flags)).toThrow(reason)
  })

  test('takes a file that names no model yet', () => {
    const configurations = ['# later', 'model_config_list {}'].map(
      (text) => readServingConfig([`--model_config_file=${file('none-yet', text)}`]).configuration,
    )
    expect(configurations).toEqual([{ models: [] }, { models: [] }])
  })

  test('says where a file is wrong', () => {
    const path = file('wrong', 'model_config_list {\n  confg {} }')
    expect(() => readServingConfig(['--model_config_file', path])).toThrow(
      `Invalid protobuf file: '${path}': Error parsing text-format tensorflow.serving.ModelServerConfig: 2:3: Message type "tensorflow.serving.ModelConfigList" has no field named "confg".`,
    )
  })

  test.each([
    [[], undefined],
    [['--run_thread=auto'], undefined],
    [['--run_thread', 'caller'], 'caller'],
    [['--run_thread=pool'], 'pool'],
  ])('runs models as %j says', (argv, thread) => {
    expect(readServingConfig([one, ...argv]).runThread).toBe(thread)
  })

  test('accepts what means nothing here, and says so once', () => {
    const { remarks } = readServingConfig([
      one,
      '--enable_profiler=false',
      '--enable_profiler',
      '--num_tflite_pools=2',
      '--grpc_channel_arguments=grpc.max_metadata_size=9,grpc.so_reuseport=1',
      `--monitoring_config_file=${file('monitoring', 'prometheus_config { enable: true }')}`,
    ])
    expect(remarks).toEqual([
      '--enable_profiler has no effect: there is no profiler service',
      '--num_tflite_pools has no effect: only SavedModels are served',
      '--grpc_channel_arguments: grpc.so_reuseport has no effect',
      '--monitoring_config_file has no effect without --rest_api_port',
    ])
  })

  test('its usage names every flag', () => {
    for (const name of Object.keys(servingFlags)) expect(servingUsage).toContain(`--${name} `)
  })
})
