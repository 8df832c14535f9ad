import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProtobufReader } from '../formats/protobuf.ts'
import { invalidArgument } from '../status.ts'
import {
  lastOf,
  type Message,
  type MessageSchema,
  messageOf,
  messagesOf,
  numberOf,
  textOf,
} from './message-schema.ts'
import { readWire } from './wire.ts'

/** Which of the versions on disk are wanted. */
export type WantedVersions = 'all' | { readonly latest: number } | { readonly specific: readonly number[] }

export interface ModelConfig {
  readonly name: string
  /** Absolute. */
  readonly basePath: string
  readonly versions: WantedVersions
  readonly labels: ReadonlyMap<string, number>
  /** It has a logging_config, which nobody here follows. */
  readonly asksForRequestLog?: true
}

export interface ModelServerConfig {
  readonly models: readonly ModelConfig[]
}

const emptyMessage: MessageSchema = { name: 'tensorflow.serving.Empty', fields: {} }
const anyLogging: MessageSchema = {
  name: 'tensorflow.serving.LoggingConfig',
  fields: {
    log_collector_config: {
      number: 1,
      type: {
        name: 'tensorflow.serving.LogCollectorConfig',
        fields: { type: { number: 1, type: 'string' }, filename_prefix: { number: 2, type: 'string' } },
      },
    },
    sampling_config: {
      number: 2,
      type: {
        name: 'tensorflow.serving.SamplingConfig',
        fields: { sampling_rate: { number: 1, type: 'double' } },
      },
    },
  },
}
const policyName = 'tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy'
const versionPolicy: MessageSchema = {
  name: policyName,
  fields: {
    latest: {
      number: 100,
      oneOf: 'policy_choice',
      type: { name: `${policyName}.Latest`, fields: { num_versions: { number: 1, type: 'int32' } } },
    },
    all: { number: 101, oneOf: 'policy_choice', type: { ...emptyMessage, name: `${policyName}.All` } },
    specific: {
      number: 102,
      oneOf: 'policy_choice',
      type: {
        name: `${policyName}.Specific`,
        fields: { versions: { number: 1, type: 'int64', isRepeated: true } },
      },
    },
  },
}
const modelConfig: MessageSchema = {
  name: 'tensorflow.serving.ModelConfig',
  fields: {
    name: { number: 1, type: 'string' },
    base_path: { number: 2, type: 'string' },
    model_type: { number: 3, type: { values: { MODEL_TYPE_UNSPECIFIED: 0, TENSORFLOW: 1, OTHER: 2 } } },
    model_platform: { number: 4, type: 'string' },
    logging_config: { number: 6, type: anyLogging },
    model_version_policy: { number: 7, type: versionPolicy },
    version_labels: {
      number: 8,
      isRepeated: true,
      type: {
        name: 'tensorflow.serving.ModelConfig.VersionLabelsEntry',
        fields: { key: { number: 1, type: 'string' }, value: { number: 2, type: 'int64' } },
      },
    },
  },
}
export const modelServerConfigSchema: MessageSchema = {
  name: 'tensorflow.serving.ModelServerConfig',
  fields: {
    model_config_list: {
      number: 1,
      oneOf: 'config',
      type: {
        name: 'tensorflow.serving.ModelConfigList',
        fields: { config: { number: 1, isRepeated: true, type: modelConfig } },
      },
    },
    custom_model_config: {
      number: 2,
      oneOf: 'config',
      type: { ...emptyMessage, name: 'google.protobuf.Any' },
    },
  },
}

/** ModelServerConfig as gRPC carries it. Throws ProtobufError, and StatusError INVALID_ARGUMENT as `modelServerConfig`. */
export const readModelServerConfig = (bytes: Uint8Array | ProtobufReader): ModelServerConfig =>
  modelServerConfig(readWire(modelServerConfigSchema, bytes))

/** Throws StatusError INVALID_ARGUMENT. Source: TensorFlow Serving, model_servers/server_core.cc. */
export function modelServerConfig(message: Message): ModelServerConfig {
  if (message.has('custom_model_config')) throw invalidArgument('custom_model_config is not supported')
  const list = messageOf(message, 'model_config_list')
  if (!list)
    throw invalidArgument(
      'Illegal setting neither ModelServerConfig::model_config_list nor custom_model_config.',
    )
  const models = messagesOf(list, 'config').map(oneModel)
  const names = models.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw invalidArgument(`Illegal to list model ${twice} multiple times in config list`)
  return { models }
}

function oneModel(message: Message): ModelConfig {
  const name = textOf(message, 'name')
  if (name === '') throw invalidArgument('A ModelConfig has no name')
  checkPlatform(name, message)
  return {
    name,
    basePath: basePath(name, textOf(message, 'base_path')),
    versions: wantedVersions(messageOf(message, 'model_version_policy')),
    labels: new Map(
      messagesOf(message, 'version_labels').map((entry) => [
        textOf(entry, 'key'),
        numberOf(entry, 'value') ?? 0,
      ]),
    ),
    ...(message.has('logging_config') && { asksForRequestLog: true }),
  }
}

function checkPlatform(name: string, message: Message): void {
  const platform = textOf(message, 'model_platform')
  const type = lastOf(message, 'model_type') ?? 0
  if (platform !== '' && type !== 0) {
    throw invalidArgument(
      'Illegal setting both ModelConfig::model_type(deprecated) and ModelConfig::model_platform.',
    )
  }
  if (platform === '' && type === 0) {
    throw invalidArgument(
      'Illegal setting neither ModelConfig::model_type(deprecated) nor ModelConfig::model_platform.',
    )
  }
  if (platform !== 'tensorflow' && type !== 1) {
    throw invalidArgument(
      `Model ${name} has the platform ${platform || type}, but only tensorflow is supported`,
    )
  }
}

/** Throws StatusError INVALID_ARGUMENT for what is neither absolute nor a file URI. */
export function basePath(name: string, path: string): string {
  if (path.startsWith('file://')) return fileURLToPath(path)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    throw invalidArgument(`Model ${name} has the base_path ${path}: only local directories can be served`)
  }
  if (isAbsolute(path)) return path
  throw invalidArgument(`Expected model ${name} to have an absolute path or URI; got base_path()=${path}`)
}

function wantedVersions(policy: Message | undefined): WantedVersions {
  const specific = messageOf(policy, 'specific')
  if (specific) return { specific: (specific.get('versions') ?? []).map(Number) }
  if (messageOf(policy, 'all')) return 'all'
  // 0 is what an absent number reads as.
  return { latest: Math.max(numberOf(messageOf(policy, 'latest'), 'num_versions') ?? 1, 1) }
}
