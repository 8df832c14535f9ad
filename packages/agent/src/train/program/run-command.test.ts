import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ContainerCommand } from '../../plan/host-plan.ts'
import { poll, TestHost, trainPlan } from '../../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

const plan = (containerCommand: ContainerCommand) =>
  trainPlan(host, { containerCommand, environment: { MOOD: 'good' }, hyperParameters: { epochs: '3' } })
const script =
  'import os, sys; print("python runs", sys.argv[1:], os.environ["MOOD"], os.environ["TRAINING_JOB_NAME"])'

describe("a command in the place of AWS's training toolkit", () => {
  it.each<[string, ContainerCommand]>([
    ['as entry point and arguments', { entrypoint: ['python3', '-c'], arguments: [script, 'a b'] }],
    ['as arguments alone', { arguments: ['python3', '-c', script, 'a b'] }],
    ['as entry point alone', { entrypoint: ['python3', '-c', script, 'a b'] }],
  ])('runs in the environment of the image, given %s', async (_situation, command) => {
    expect(await host.run(plan(command))).toMatchObject({ exitCode: 0 })
    expect(host.logLines()).toContain("python runs ['a b'] good job")
    expect(host.logLines().join()).not.toContain('sagemaker-training-toolkit')
  })

  it.each([
    ['its own exit code', 'exit 9', 9, 'AlgorithmError: , exit code: 9'],
    [
      'the error it printed',
      'echo "ValueError: boom"; exit 2',
      2,
      'AlgorithmError: ValueError: boom, exit code: 2',
    ],
    [
      'its failure file',
      'echo because > ../output/failure; exit 1',
      1,
      'AlgorithmError: because, exit code: 1',
    ],
    ['the word of the shell', 'exec no-such-program', 127, 'no-such-program: not found, exit code: 127'],
  ])('fails with %s', async (_situation, text, exitCode, reason) => {
    expect(await host.run(plan({ entrypoint: ['sh', '-c', text] }))).toMatchObject({
      exitCode,
      reason: expect.stringContaining(reason),
    })
  })

  it('is asked to stop, and its work is stored', async () => {
    const save = 'echo kept > ../model/kept'
    const text = `trap '${save}; exit 0' TERM; echo started; while :; do sleep 0.05; done`
    host.start(plan({ entrypoint: ['sh', '-c', text] }))
    await poll('the start', () => (host.output().includes('started') ? true : undefined))
    host.stop()
    expect(await host.ended()).toMatchObject({ exitCode: 0 })
    expect(host.server.objects.has('bucket/out/job/output/model.tar.gz')).toBe(true)
  })
})
