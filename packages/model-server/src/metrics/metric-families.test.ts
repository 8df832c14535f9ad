import { expect, test } from 'vitest'
import { MetricRegistry, shortNumber } from './metric-families.ts'

test('writes counters, gauges and histograms as Prometheus reads them', () => {
  const registry = new MetricRegistry()
  const requests = registry.counter({ name: ':a:count', labels: ['model_name', 'status'] })
  requests.cell('m "1"\\\n', 'OK').value += 2
  requests.cell('m "1"\\\n', 'OK').value += 1
  const sizes = registry.histogram({ name: ':a:size', labels: [] }, { scale: 1, growth: 10, count: 2 })
  for (const value of [1, 5, 50]) sizes.cell().observe(value)
  const named = registry.histogram(
    { name: 'b', labels: ['x'], help: 'What it is.' },
    { scale: 1, growth: 2, count: 1 },
  )
  named.cell('y').observe(3)
  registry.read('gauge', { name: 'g', labels: ['state'] }, () => [[['up'], 1.5]])
  expect(registry.text()).toBe(`# TYPE :a:count counter
:a:count{model_name="m \\"1\\"\\\\\\n",status="OK"} 3
# TYPE :a:size histogram
:a:size_bucket{le="1"} 1
:a:size_bucket{le="10"} 2
:a:size_bucket{le="+Inf"} 3
:a:size_sum{} 56
:a:size_count{} 3
# HELP b What it is.
# TYPE b histogram
b_bucket{x="y",le="1"} 0
b_bucket{x="y",le="+Inf"} 1
b_sum{x="y"} 3
b_count{x="y"} 1
# TYPE g gauge
g{state="up"} 1.5
`)
})

test('says nothing of a metric without cells', () => {
  const registry = new MetricRegistry()
  const family = registry.counter({ name: 'c', labels: ['l'] })
  family.cell('v')
  family.remove('v')
  registry.read('gauge', { name: 'g', labels: [] }, () => [])
  expect(registry.text()).toBe('')
})

test.each([
  [10, '10'],
  [188.9568, '188.957'],
  [1234567, '1.23457e+06'],
  [100000, '100000'],
  [0.00001, '1e-05'],
  [0.5, '0.5'],
])('%d reads %s', (value, text) => {
  expect(shortNumber(value)).toBe(text)
})
