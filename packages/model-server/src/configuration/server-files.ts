import { isTrue, type Message, type MessageSchema, messageOf, textOf } from './message-schema.ts'

/** PEM texts. Source: TensorFlow Serving, config/ssl_config.proto. */
export interface SslConfig {
  readonly serverKey: string
  readonly serverCert: string
  /** Empty: the system's. */
  readonly customCa: string
  readonly clientVerify: boolean
}

export const sslConfigSchema: MessageSchema = {
  name: 'tensorflow.serving.SSLConfig',
  fields: {
    server_key: { number: 1, type: 'string' },
    server_cert: { number: 2, type: 'string' },
    custom_ca: { number: 3, type: 'string' },
    client_verify: { number: 4, type: 'bool' },
  },
}

export const sslConfig = (message: Message): SslConfig => ({
  serverKey: textOf(message, 'server_key'),
  serverCert: textOf(message, 'server_cert'),
  customCa: textOf(message, 'custom_ca'),
  clientVerify: isTrue(message, 'client_verify'),
})

export const monitoringConfigSchema: MessageSchema = {
  name: 'tensorflow.serving.MonitoringConfig',
  fields: {
    prometheus_config: {
      number: 1,
      type: {
        name: 'tensorflow.serving.PrometheusConfig',
        fields: { enable: { number: 1, type: 'bool' }, path: { number: 2, type: 'string' } },
      },
    },
  },
}

/** Undefined where metrics are not enabled. */
export function metricsPath(message: Message): string | undefined {
  const prometheus = messageOf(message, 'prometheus_config')
  if (!isTrue(prometheus, 'enable')) return undefined
  return textOf(prometheus, 'path') || '/monitoring/prometheus/metrics'
}

/** The part of tensorflow.ConfigProto that a server's operator sets. */
export const sessionConfigSchema: MessageSchema = {
  name: 'tensorflow.ConfigProto',
  fields: {
    device_count: {
      number: 1,
      isRepeated: true,
      type: {
        name: 'tensorflow.ConfigProto.DeviceCountEntry',
        fields: { key: { number: 1, type: 'string' }, value: { number: 2, type: 'int32' } },
      },
    },
    intra_op_parallelism_threads: { number: 2, type: 'int32' },
    device_filters: { number: 4, type: 'string', isRepeated: true },
    inter_op_parallelism_threads: { number: 5, type: 'int32' },
    gpu_options: {
      number: 6,
      type: {
        name: 'tensorflow.GPUOptions',
        fields: {
          per_process_gpu_memory_fraction: { number: 1, type: 'double' },
          allocator_type: { number: 2, type: 'string' },
          allow_growth: { number: 4, type: 'bool' },
          visible_device_list: { number: 5, type: 'string' },
          force_gpu_compatible: { number: 8, type: 'bool' },
        },
      },
    },
    allow_soft_placement: { number: 7, type: 'bool' },
    log_device_placement: { number: 8, type: 'bool' },
    use_per_session_threads: { number: 9, type: 'bool' },
    graph_options: {
      number: 10,
      type: {
        name: 'tensorflow.GraphOptions',
        fields: {
          optimizer_options: {
            number: 3,
            type: {
              name: 'tensorflow.OptimizerOptions',
              fields: {
                do_common_subexpression_elimination: { number: 1, type: 'bool' },
                do_constant_folding: { number: 2, type: 'bool' },
                opt_level: { number: 3, type: { values: { L1: 0, L0: -1 } } },
                do_function_inlining: { number: 4, type: 'bool' },
                global_jit_level: {
                  number: 5,
                  type: { values: { DEFAULT: 0, OFF: -1, ON_1: 1, ON_2: 2 } },
                },
              },
            },
          },
        },
      },
    },
    operation_timeout_in_ms: { number: 11, type: 'int64' },
    isolate_session_state: { number: 15, type: 'bool' },
  },
}
