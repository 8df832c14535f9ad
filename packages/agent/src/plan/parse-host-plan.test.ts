import { describe, expect, it } from 'vitest'
import { sampleChannel, samplePlan } from '../testing/plans.ts'
import { parseHostPlan } from './parse-host-plan.ts'

const plan = samplePlan({ channels: [sampleChannel('train')], hyperParameters: { a: '1' } })

describe('parseHostPlan', () => {
  it('reads a plan back', () => {
    expect(parseHostPlan(JSON.stringify(plan))).toEqual(plan)
  })

  it('reads a plan to serve, with a model or without', () => {
    const { name, arn, region, endpoint, image, instanceType, logStream, environment } = plan
    const serve = { kind: 'serve', name, arn, region, endpoint, image, instanceType, logStream, environment }
    expect(parseHostPlan(JSON.stringify(serve))).toEqual(serve)
    const withModel = { ...serve, modelUri: 's3://b/m.tar.gz' }
    expect(parseHostPlan(JSON.stringify(withModel))).toEqual(withModel)
  })

  it.each<[string, unknown, string]>([
    ['a list', [], 'kind must be train or serve'],
    ['another kind', { ...plan, kind: 'dance' }, 'kind must be train or serve'],
    ['no name', { ...plan, name: undefined }, 'name must be text'],
    ['a broken endpoint', { ...plan, endpoint: 'x' }, 'endpoint must be a URL'],
    ['a number among texts', { ...plan, environment: { A: 1 } }, 'environment.A must be text'],
    ['half a log stream', { ...plan, logStream: { group: 'g' } }, 'logStream.name must be text'],
    ['no cluster', { ...plan, cluster: null }, 'cluster must be an object'],
    [
      'a host that is no text',
      { ...plan, cluster: { ...plan.cluster, hosts: [1] } },
      'cluster.hosts.0 must be text',
    ],
    [
      'another way of input',
      { ...plan, channels: [{ ...sampleChannel('t'), mode: 'Mail' }] },
      'channels.0.mode must be File or Pipe or FastFile',
    ],
    ...['', '.', '..', 'a/b', 'a\0'].map((name): [string, unknown, string] => [
      `a channel named ${JSON.stringify(name)}`,
      { ...plan, channels: [sampleChannel(name)] },
      'channels.0.name must be a file name',
    ]),
    ['no grace', { ...plan, stopGraceSeconds: -1 }, 'stopGraceSeconds must be a number of seconds'],
  ])('names what is wrong: %s', (_situation, value, message) => {
    expect(() => parseHostPlan(JSON.stringify(value))).toThrow(`the host plan is invalid: ${message}`)
  })

  it('refuses what is not JSON', () => {
    expect(() => parseHostPlan('{"kind":')).toThrow('the host plan is not JSON')
  })
})
