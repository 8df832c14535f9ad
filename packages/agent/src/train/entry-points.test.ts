import { statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scriptPlan, TestHost, trainPlan } from '../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

const show = 'import sys\nprint("ran", __name__, sys.argv[1:])'
const running = (entryPoint: string, submitDirectory?: string) => ({
  hyperParameters: {
    a: '1',
    sagemaker_program: JSON.stringify(entryPoint),
    ...(submitDirectory === undefined ? {} : { sagemaker_submit_directory: submitDirectory }),
  },
})

it('runs a module that is named as Python takes it', async () => {
  const files = { 'tools/__init__.py': '', 'tools/train.py': show }
  const { hyperParameters } = scriptPlan(host, files)
  const submitted = hyperParameters.sagemaker_submit_directory
  await host.run(scriptPlan(host, files, running('-m tools.train', submitted)))
  expect(host.logLines()).toContain("ran __main__ ['-a', '1']")
})

it('runs a script that lies in a channel by itself', async () => {
  host.put('scripts/train.py', show)
  const source = {
    uri: 's3://bucket/scripts/',
    type: 'S3Prefix',
    distribution: 'FullyReplicated',
  } as const
  await host.run(
    trainPlan(host, {
      ...running('train.py', '/opt/ml/input/data/code/train.py'),
      channels: [{ name: 'code', source, mode: 'File' }],
    }),
  )
  expect(host.logLines()).toContain("ran __main__ ['-a', '1']")
})

it('begins a line of its own after a program that ended in the middle of one', async () => {
  const metricDefinitions = [{ name: 'loss', regex: 'loss: (.*)' }]
  const plan = scriptPlan(host, { 'train.py': 'print("loss: 0.5", end="")' }, { metricDefinitions })
  expect(await host.run(plan)).toMatchObject({ exitCode: 0, metrics: [{ name: 'loss', value: 0.5 }] })
  expect(host.logLines()).toContain('loss: 0.5')
})

it('says that a script that was to run under MPI runs alone', async () => {
  const { hyperParameters } = scriptPlan(host, { 'train.py': 'print(1)' })
  await host.run(trainPlan(host, { hyperParameters: { ...hyperParameters, sagemaker_mpi_enabled: 'true' } }))
  const warned = host.logLines().filter((line) => line.includes('WARNING  MPI is not run here'))
  expect(warned).toHaveLength(1)
})

it.each<[string, Record<string, string>, string]>([
  [
    'are too long',
    Object.fromEntries(Array.from({ length: 98 }, (_, index) => [`k${index}`, 'x'.repeat(2500)])),
    'OSError: [Errno 7] Argument list too long',
  ],
  ['hold a null byte', { name: '"a\\u0000b"' }, 'ValueError: embedded null byte'],
])(
  'says of hyperparameters that %s that it is the job that asks for too much',
  async (_case, more, words) => {
    const { hyperParameters } = scriptPlan(host, { 'train.py': 'print(1)' })
    const report = await host.run(trainPlan(host, { hyperParameters: { ...hyperParameters, ...more } }))
    expect(report).toMatchObject({
      exitCode: 1,
      reason: expect.stringContaining(`AlgorithmError: framework error: \n${words}`),
    })
  },
)

it('leaves files alone that an entry point names outside of the code', async () => {
  const beside = host.path('beside')
  writeFileSync(beside, 'echo ran beside', { mode: 0o600 })
  const { hyperParameters } = scriptPlan(host, { 'train.py': '' })
  const sagemaker_program = JSON.stringify('../../beside')
  const report = await host.run(
    trainPlan(host, { hyperParameters: { ...hyperParameters, sagemaker_program } }),
  )
  expect(report).toMatchObject({
    exitCode: 1,
    reason: expect.stringContaining("FileNotFoundError: can't open"),
  })
  expect(host.logLines()).not.toContain('ran beside')
  expect(statSync(beside).mode & 0o777).toBe(0o600)
})
