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
