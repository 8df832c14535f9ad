import { expect, test } from 'vitest'
import { readMultiModelSettings } from './settings.ts'

test.each([undefined, '', 'false', 'False'])('%j asks for one set of models', (value) => {
  expect(readMultiModelSettings({ SAGEMAKER_MULTI_MODEL: value }, '2.19')).toBeUndefined()
})

test.each([
  ['2.19', {}, { loadSeconds: 55, pairsPerModel: 1, portRange: undefined }],
  ['2.20', {}, { loadSeconds: 60 }],
  ['2.19', { SAGEMAKER_TFS_INSTANCE_COUNT: '2' }, { loadSeconds: 27, pairsPerModel: 2 }],
  ['2.19', { SAGEMAKER_TFS_WAIT_TIME_SECONDS: '300' }, { loadSeconds: 300 }],
  ['2.19', { SAGEMAKER_SAFE_PORT_RANGE: '9000-9999' }, { portRange: { low: 9000, high: 9999 } }],
  ['2.19', { SAGEBRUSH_MODEL_MEMORY_MIB: '64' }, { memoryLimitBytes: 67_108_864 }],
] as const)('level %s with %j', (level, variables, expected) => {
  expect(readMultiModelSettings({ SAGEMAKER_MULTI_MODEL: 'True', ...variables }, level)).toMatchObject(
    expected,
  )
})

test.each([
  ['SAGEMAKER_MULTI_MODEL', 'yes'],
  ['SAGEMAKER_SAFE_PORT_RANGE', '9000'],
  ['SAGEMAKER_SAFE_PORT_RANGE', '9999-9000'],
  ['SAGEMAKER_SAFE_PORT_RANGE', '9000-90000'],
  ['SAGEMAKER_TFS_INSTANCE_COUNT', '0'],
  ['SAGEBRUSH_MODEL_MEMORY_MIB', '-1'],
])('%s=%s is refused by name', (name, value) => {
  const variables = { SAGEMAKER_MULTI_MODEL: 'true', [name]: value }
  expect(() => readMultiModelSettings(variables, '2.19')).toThrow(`${name} must be`)
  expect(() => readMultiModelSettings(variables, '2.19')).toThrow(`not "${value}"`)
})
