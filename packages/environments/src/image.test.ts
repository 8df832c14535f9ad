import { describe, expect, it } from 'vitest'
import { parseImage } from './image.ts'

const registry = '763104351884.dkr.ecr.us-west-2.amazonaws.com'
const legacy = '520713654638.dkr.ecr.eu-central-1.amazonaws.com'

describe('parseImage', () => {
  it.each([
    [
      `${registry}/tensorflow-training:2.19.0-cpu-py312-ubuntu22.04-sagemaker`,
      'training',
      '2.19.0',
      'py312',
      'cpu',
    ],
    [`${registry}/tensorflow-training:2.1.0-cpu-py3`, 'training', '2.1.0', 'py3', 'cpu'],
    [`${registry}/tensorflow-training:2.13-gpu-py310`, 'training', '2.13', 'py310', 'gpu'],
    [
      `${registry}/tensorflow-training:1.15.2-gpu-py37-cu100-ubuntu18.04`,
      'training',
      '1.15.2',
      'py37',
      'gpu',
    ],
    [`${registry}/tensorflow-inference:1.15.2-cpu`, 'inference', '1.15.2', undefined, 'cpu'],
    [
      `${registry}/tensorflow-inference:2.19.0-gpu-py312-cu122-ubuntu22.04-sagemaker`,
      'inference',
      '2.19.0',
      'py312',
      'gpu',
    ],
    [
      `${registry}/tensorflow-inference-graviton:2.16.1-cpu-py310-ubuntu20.04-sagemaker`,
      'inference',
      '2.16.1',
      'py310',
      'cpu',
    ],
    [`${registry}/tensorflow-inference-eia:2.3.0-cpu`, 'inference', '2.3.0', undefined, 'eia'],
    [`${legacy}/sagemaker-tensorflow-scriptmode:1.12.0-cpu-py3`, 'training', '1.12.0', 'py3', 'cpu'],
    [`${legacy}/sagemaker-tensorflow-serving:1.12.0-gpu`, 'inference', '1.12.0', undefined, 'gpu'],
    [`${legacy}/sagemaker-tensorflow-serving-eia:1.13.0-cpu`, 'inference', '1.13.0', undefined, 'eia'],
    [`${legacy}/sagemaker-tensorflow-eia:1.10.0-cpu-py2`, 'inference', '1.10.0', 'py2', 'eia'],
    [`${legacy}/sagemaker-tensorflow:1.10.0-cpu-py2`, 'training', '1.10.0', 'py2', 'cpu'],
    [`${legacy}/sagemaker-tensorflow:1.10.0-cpu`, 'inference', '1.10.0', undefined, 'cpu'],
  ])('reads %s', (uri, purpose, version, python, accelerator) => {
    expect(parseImage(uri)).toMatchObject({
      framework: 'tensorflow',
      purpose,
      version,
      accelerator,
      ...(python === undefined ? {} : { python }),
    })
    expect(parseImage(uri)?.python).toBe(python)
  })

  it.each([
    ['727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['446045086412.dkr.ecr-fips.us-gov-east-1.amazonaws.com', 'us-gov-east-1'],
    ['123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1'],
  ])('takes the registry %s for what it is', (host, region) => {
    expect(parseImage(`${host}/tensorflow-training:2.12.0-cpu-py310`)?.region).toBe(region)
  })

  it('tells the processor that an image is for', () => {
    const uri = `${registry}/tensorflow-inference-graviton:2.16.1-cpu-py310-ubuntu20.04-sagemaker`
    expect(parseImage(uri)?.architecture).toBe('arm64')
  })

  it.each([
    'tensorflow/tensorflow:2.19.0',
    `${registry}/pytorch-training:2.1.0-cpu-py310`,
    `${registry}/my-tensorflow-training:2.12.0-cpu-py310`,
    `${registry}/tensorflow-training`,
    `${registry}/tensorflow-training:latest`,
    `${registry}/constructor:2.1.0`,
    `12345.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.12.0-cpu-py310`,
    '',
  ])('leaves %s to others', (uri) => {
    expect(parseImage(uri)).toBeUndefined()
  })
})
