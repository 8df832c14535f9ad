import { describe, expect, test } from 'vitest'
import { invalidArgument } from '../status.ts'
import { modelServerConfig, modelServerConfigSchema, readModelServerConfig } from './model-server-config.ts'
import { parseTextProto } from './text-proto.ts'
import { writeWire } from './wire.ts'

const read = (text: string) => modelServerConfig(parseTextProto(modelServerConfigSchema, text))
const model = (more = '', name = 'm') =>
  `config { name: "${name}" base_path: "/models/m" model_platform: "tensorflow" ${more} }`
const listed = (...configs: string[]) => `model_config_list { ${configs.join('\n')} }`

describe('a model config file', () => {
  test.each([
    ['no policy', '', { latest: 1 }],
    ['latest', 'model_version_policy { latest { num_versions: 3 } }', { latest: 3 }],
    ['latest without a number', 'model_version_policy { latest {} }', { latest: 1 }],
    ['all', 'model_version_policy: < all: <> >', 'all'],
    ['specific', 'model_version_policy { specific { versions: 1 versions: 0x2a } }', { specific: [1, 42] }],
    ['a list', 'model_version_policy { specific { versions: [1, 2] } }', { specific: [1, 2] }],
  ])('with %s', (_situation, policy, versions) => {
    const text = listed(model(policy))
    const expected = { models: [{ name: 'm', basePath: '/models/m', versions, labels: new Map() }] }
    expect(read(text)).toEqual(expected)
    expect(
      readModelServerConfig(
        writeWire(modelServerConfigSchema, parseTextProto(modelServerConfigSchema, text)),
      ),
    ).toEqual(expected)
  })

  test('takes labels, comments, separators, joined strings and escapes', () => {
    const text = `# models
      model_config_list: {
        config: { name: 'gr' "\\303\\274n\\x21", base_path: "file:///a%20b"; model_type: TENSORFLOW
          version_labels { key: "stable" value: 1 } version_labels { key: "canary" value: 2 } }
      }`
    const labels = new Map([
      ['stable', 1],
      ['canary', 2],
    ])
    expect(read(text).models).toEqual([{ name: 'grün!', basePath: '/a b', versions: { latest: 1 }, labels }])
  })

  test.each([
    ['x: 1', '1:1: Message type "tensorflow.serving.ModelServerConfig" has no field named "x".'],
    ['\n  5', '2:3: Expected identifier, got: 5'],
    ['model_config_list 5', '1:19: Expected "{", found "5".'],
    ['model_config_list {', '1:20: Expected "}", found "".'],
    ['model_config_list { config { name "m" } }', '1:35: Expected ":", found "m".'],
    ['model_config_list { config { name: m } }', '1:36: Expected string, got: m'],
    ['model_config_list { config { name: "m', '1:36: Unexpected end of string.'],
    ['model_config_list { config { name: "\\q" } }', '1:36: Invalid escape sequence in string literal.'],
    [
      'model_config_list { config { name: "m" name: "n" } }',
      '1:40: Non-repeated field "name" is specified multiple times.',
    ],
    [
      'model_config_list { config { model_type: X } }',
      '1:42: Unknown enumeration value of "X" for field "model_type".',
    ],
    [listed('config { version_labels { value: 1.5 } }'), '1:54: Expected integer, got: 1.5'],
    [
      listed('config { model_version_policy { all {} latest {} } }'),
      /Field "latest" is specified along with field "all", another member of oneof "policy_choice"/,
    ],
    ['@', '1:1: Invalid character "@".'],
    ['model_config_list {'.repeat(2), /has no field named "model_config_list"/],
  ])('refuses %j', (text, reason) => {
    expect(() => read(text)).toThrow(reason)
  })

  test.each([
    ['', 'Illegal setting neither ModelServerConfig::model_config_list nor custom_model_config.'],
    ['custom_model_config {}', 'custom_model_config is not supported'],
    [listed(model(), model()), 'Illegal to list model m multiple times in config list'],
    [
      listed('config { name: "m" base_path: "m" model_platform: "tensorflow" }'),
      'Expected model m to have an absolute path or URI; got base_path()=m',
    ],
    [
      listed('config { name: "m" base_path: "gs://b/m" model_platform: "tensorflow" }'),
      'Model m has the base_path gs://b/m: only local directories can be served',
    ],
    [
      listed('config { name: "m" base_path: "/m" }'),
      'Illegal setting neither ModelConfig::model_type(deprecated) nor ModelConfig::model_platform.',
    ],
    [
      listed('config { name: "m" base_path: "/m" model_platform: "onnx" }'),
      'Model m has the platform onnx, but only tensorflow is supported',
    ],
  ])('refuses what %j asks for', (text, reason) => {
    expect(() => read(text)).toThrow(invalidArgument(reason))
  })
})
