import { expect, test } from 'vitest'
import { imageUri } from './image-uri.ts'

const choice = {
  frameworkVersion: '2.19.0',
  pyVersion: 'py312',
  instanceType: 'ml.c5.xlarge',
  region: 'us-west-2',
}
const registry = '763104351884.dkr.ecr.us-west-2.amazonaws.com'

test.each([
  [
    'a training image',
    { ...choice, purpose: 'training' },
    `${registry}/tensorflow-training:2.19.0-cpu-py312`,
  ],
  ['an inference image', { ...choice, purpose: 'inference' }, `${registry}/tensorflow-inference:2.19.0-cpu`],
  [
    'a GPU instance',
    { ...choice, purpose: 'inference', instanceType: 'ml.g4dn.xlarge' },
    `${registry}/tensorflow-inference:2.19.0-gpu`,
  ],
] as const)('%s is named as AWS names it', (_, given, uri) => {
  expect(imageUri(given)).toBe(uri)
})
