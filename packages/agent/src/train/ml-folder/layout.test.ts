import { describe, expect, it } from 'vitest'
import { sampleChannel, samplePlan } from '../../testing/plans.ts'
import { configFiles, foldersOf, layoutAt } from './layout.ts'

describe('layoutAt', () => {
  it("has the container's places", () => {
    const layout = layoutAt('/opt/ml')
    expect(foldersOf(layout)).toEqual([
      '/opt/ml/input/config',
      '/opt/ml/input/data',
      '/opt/ml/model',
      '/opt/ml/output/data',
      '/opt/ml/output/intermediate',
      '/opt/ml/code',
    ])
    expect([layout.failure, layout.success]).toEqual(['/opt/ml/output/failure', '/opt/ml/output/success'])
  })
})

describe('configFiles', () => {
  const plan = samplePlan({
    hyperParameters: { lr: '0.1', name: '"a b"', raw: 'x' },
    channels: [{ ...sampleChannel('train'), contentType: 'text/csv' }, sampleChannel('test')],
    cluster: { hosts: ['algo-1', 'algo-2'], current: 'algo-2', networkInterface: 'eth0' },
  })
  const read = (name: string) => JSON.parse(configFiles(plan)[name] ?? '')

  it('keeps hyperparameters as the strings of the request', () => {
    expect(read('hyperparameters.json')).toEqual({ lr: '0.1', name: '"a b"', raw: 'x' })
  })

  it('tells of each channel how it is read', () => {
    const common = {
      TrainingInputMode: 'File',
      S3DistributionType: 'FullyReplicated',
      RecordWrapperType: 'None',
    }
    expect(read('inputdataconfig.json')).toEqual({
      test: common,
      train: { ...common, ContentType: 'text/csv' },
    })
  })

  it('has what the plan adds', () => {
    const files = configFiles({ ...plan, configFiles: { 'init-config.json': { inputMode: 'FILE' } } })
    expect(files['init-config.json']).toBe('{"inputMode":"FILE"}')
    expect(Object.keys(files)).toHaveLength(4)
  })

  it('tells of the hosts', () => {
    expect(read('resourceconfig.json')).toEqual({
      current_host: 'algo-2',
      current_instance_type: 'ml.c5.xlarge',
      current_group_name: 'homogeneousCluster',
      hosts: ['algo-1', 'algo-2'],
      instance_groups: [
        {
          instance_group_name: 'homogeneousCluster',
          instance_type: 'ml.c5.xlarge',
          hosts: ['algo-1', 'algo-2'],
        },
      ],
      network_interface_name: 'eth0',
    })
  })
})
