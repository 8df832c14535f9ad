import type { cloudWatch, InputOf } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { at, context, job, loss, type MetricsBed, openMetricsBed } from '../testing/metrics-bed.ts'

let bed: MetricsBed
beforeEach(() => {
  bed = openMetricsBed()
})
afterEach(() => bed[Symbol.dispose]())

describe('ListMetrics', () => {
  beforeEach(async () => {
    await bed.put(loss(1, at(1)), loss(1, at(1), { Dimensions: job('cifar') }))
    await bed.put(loss(1, new Date('2026-11-20T00:00:00Z'), { MetricName: 'accuracy' }))
    const MetricData = [{ MetricName: 'loss', Value: 1 }]
    await bed.handlers.PutMetricData({ Namespace: 'Own', MetricData }, context)
  })

  it.each<[string, InputOf<typeof cloudWatch, 'ListMetrics'>, string[]]>([
    ['all', {}, ['loss mnist', 'loss cifar', 'accuracy mnist', 'loss -']],
    ['those of a namespace', { Namespace: 'Own' }, ['loss -']],
    ['those of a name', { MetricName: 'accuracy' }, ['accuracy mnist']],
    ['those of a job', { Dimensions: job('mnist') }, ['loss mnist', 'accuracy mnist']],
    [
      'those with a dimension, whatever its value',
      { Dimensions: [{ Name: 'TrainingJobName' }] },
      ['loss mnist', 'loss cifar', 'accuracy mnist'],
    ],
    ['those with new values', { RecentlyActive: 'PT3H' }, ['loss mnist', 'loss cifar', 'loss -']],
  ])('lists %s', async (_, input, expected) => {
    const { Metrics = [] } = await bed.handlers.ListMetrics(input, context)
    const told = Metrics.map(({ MetricName, Dimensions }) => `${MetricName} ${Dimensions?.[0]?.Value ?? '-'}`)
    expect(told).toEqual(expected)
  })

  it('lists more than a page holds', async () => {
    for (const part of [0, 1]) {
      await bed.put(
        ...Array.from({ length: 600 }, (_, index) => loss(1, at(1), { MetricName: `m${part}-${index}` })),
      )
    }
    const input = { Dimensions: job('mnist') }
    const sizes: number[] = []
    const names = new Set<string | undefined>()
    let NextToken: string | undefined
    do {
      const page = await bed.handlers.ListMetrics({ ...input, NextToken }, context)
      sizes.push(page.Metrics?.length ?? 0)
      for (const { MetricName } of page.Metrics ?? []) names.add(MetricName)
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    expect(sizes).toEqual([500, 500, 202])
    expect(names.size).toBe(1202)
  })

  it('refuses a token that is none', async () => {
    await expect(bed.handlers.ListMetrics({ NextToken: 'x' }, context)).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    })
  })
})
