import { describe, expect, it } from 'vitest'
import type { MetricDefinition } from '../../plan/host-plan.ts'
import { lineSearch } from './search-lines.ts'

async function searched(definitions: readonly MetricDefinition[], ...batches: readonly string[][]) {
  const said: string[] = []
  const search = lineSearch(definitions, (line) => said.push(line))
  const found = []
  for (const batch of batches) found.push(...(await search.search(batch)))
  return { found: found.map(({ name, value }) => [name, value]), said }
}
const loss: MetricDefinition = { name: 'loss', regex: 'loss: (\\S+)' }

describe('lineSearch', () => {
  it.each<[string, string[], number[]]>([
    ['a value', ['loss: 0.25'], [0.25]],
    ['one of each line', ['loss: 1 loss: 2', 'none', 'loss: 3'], [1, 3]],
    ['each line that a progress bar draws', ['1/2 loss: 4\r2/2 loss: 2'], [4, 2]],
    [
      'every spelling of a number',
      ['loss: -1e-3', 'loss: +.5', 'loss: 3.', 'loss: 1E5'],
      [-0.001, 0.5, 3, 1e5],
    ],
    ['no other words', ['loss: nan', 'loss: inf', 'loss: 1,5', 'loss: 0x10', 'loss: 1e999'], []],
  ])('finds %s', async (_, lines, values) => {
    const { found, said } = await searched([loss], lines)
    expect(found).toEqual(values.map((value) => ['loss', value]))
    expect(said).toEqual([])
  })

  it('searches for every metric', async () => {
    const accuracy = { name: 'accuracy', regex: 'acc=(\\S+)' }
    const { found } = await searched([loss, accuracy], ['loss: 1 acc=2'], ['acc=3'])
    expect(found).toEqual([
      ['loss', 1],
      ['accuracy', 2],
      ['accuracy', 3],
    ])
  })

  it('says which definitions cannot be used, and uses the others', async () => {
    const wrong = { name: 'wrong', regex: 'loss: (' }
    const empty = { name: 'empty', regex: 'loss: \\S+' }
    const { found, said } = await searched([wrong, empty, loss], ['loss: 1'])
    expect(found).toEqual([['loss', 1]])
    expect(said).toEqual([
      'the metric wrong is not searched for, because of its pattern loss: (: it is not a regular expression',
      'the metric empty is not searched for, because of its pattern loss: \\S+: it has no group that would hold the value',
    ])
  })

  it.each([
    ['tries without end', '^((a+)+)+$'],
    ['takes long to be made ready', '(\\w{1,30000}x){1,30000}'],
  ])('gives up a pattern that %s, says so, and goes on with the others', async (_, regex) => {
    const line = `loss: 1 ${'a'.repeat(100_000)} loss: 1`
    const short = `${'a'.repeat(60)} loss: 1`
    const { found, said } = await searched([{ name: 'hostile', regex }, loss], [short, line], [line])
    expect(found).toEqual(Array(3).fill(['loss', 1]))
    expect(said).toEqual([
      `the metric hostile is no longer searched for, because of its pattern ${regex}: no end within 1000 ms`,
    ])
  })
})
