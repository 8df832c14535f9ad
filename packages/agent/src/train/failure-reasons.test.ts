import { readFileSync } from 'node:fs'
import { AccessDenied } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HostFailure } from '../failure-reason.ts'
import { InstallError } from '../machine/machine.ts'
import { plainMachine, scriptPlan, TestHost, trainPlan } from '../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

const artifact = (name: string) => host.server.objects.get(`bucket/out/job/output/${name}`)
const channel = (name: string, uri: string) =>
  ({ name, source: { uri, type: 'S3Prefix', distribution: 'FullyReplicated' }, mode: 'File' }) as const

describe('a training job fails with a reason:', () => {
  const reasonOf = async (plan: Parameters<TestHost['run']>[0], machine = plainMachine()) => {
    const report = await host.run(plan, machine)
    return report.phase === 'exited' ? report : undefined
  }

  it('the script raises', async () => {
    const report = await reasonOf(
      scriptPlan(host, { 'train.py': 'import sys\nsys.stderr.write("x\\n")\nraise ValueError("boom")' }),
    )
    expect(report?.exitCode).toBe(1)
    expect(report?.reason).toMatch(
      /^AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: boom"\nCommand ".*python.* train\.py", exit code: 1$/,
    )
    expect(readFileSync(host.path('ml', 'output', 'failure'), 'utf8')).toMatch(
      /^ExecuteUserScriptError:\nExitCode 1\n/,
    )
    expect(host.logLines().join('\n')).toContain('ERROR    Reporting training FAILURE')
  })

  it('the script has written why itself', async () => {
    const script =
      'import os, sys\nopen(os.environ["SM_OUTPUT_DIR"] + "/failure", "w").write("é" * 3000)\nsys.exit(7)'
    const report = await reasonOf(scriptPlan(host, { 'train.py': script }))
    expect(report?.exitCode).toBe(1)
    expect(report?.reason).toMatch(/^AlgorithmError: é+, exit code: 1$/)
    expect(report?.reason).toHaveLength(1024)
  })

  it('the script is killed', async () => {
    const report = await reasonOf(scriptPlan(host, { 'train.py': 'import os\nos.kill(os.getpid(), 9)' }))
    expect(report?.reason).toContain('ExitCode 137\nErrorMessage ""\nExtraInfo "OutOfMemory: Process killed')
  })

  it('what it left is stored all the same', async () => {
    const script =
      'import os, sys\nopen(os.environ["SM_OUTPUT_DATA_DIR"] + "/trace", "w").write("t")\nsys.exit(1)'
    await reasonOf(scriptPlan(host, { 'train.py': script }))
    expect(artifact('output.tar.gz')).toBeDefined()
    expect(artifact('model.tar.gz')).toBeUndefined()
  })

  it.each<[string, (host: TestHost) => Parameters<TestHost['run']>[0], RegExp]>([
    [
      'the script does not exist',
      (on) => scriptPlan(on, { 'other.py': '' }, { hyperParameters: { sagemaker_program: '"train.py"' } }),
      /^AlgorithmError: ExecuteUserScriptError:\nExitCode 2\nErrorMessage "FileNotFoundError: can't open file '.*code\/train\.py': No such file or directory"/,
    ],
    [
      'no script is named',
      (on) => trainPlan(on),
      /^AlgorithmError: framework error: \nthere is no program to run: the hyperparameter sagemaker_program is missing, exit code: 1$/,
    ],
    [
      'the source code is not there',
      (on) =>
        trainPlan(on, {
          hyperParameters: {
            sagemaker_program: 'train.py',
            sagemaker_submit_directory: 's3://bucket/nope.tar.gz',
          },
        }),
      /^AlgorithmError: framework error: \nthe source code s3:\/\/bucket\/nope\.tar\.gz cannot be used: there is no such object, exit code: 1$/,
    ],
    [
      'the source code lies in no bucket',
      (on) =>
        trainPlan(on, {
          hyperParameters: {
            sagemaker_program: 'train.py',
            sagemaker_submit_directory: 's3://missing/x.tar.gz',
          },
        }),
      /cannot be used: NoSuchBucket \(404\): The specified bucket does not exist, exit code: 1$/,
    ],
    [
      'the source code is no archive',
      (on) => {
        const plan = scriptPlan(on, { 'train.py': '' })
        on.put('source/sourcedir.tar.gz', 'hello')
        return plan
      },
      /cannot be used: the archive is broken: .*, exit code: 1$/,
    ],
    [
      'the source code climbs out of its folder',
      (on) => scriptPlan(on, { '../../evil.py': '' }),
      /cannot be used: the entry "\.\.\/\.\.\/evil\.py" leads out of the archive, exit code: 1$/,
    ],
    [
      'the source code names a path of the machine',
      (on) =>
        trainPlan(on, { hyperParameters: { sagemaker_program: 'x.py', sagemaker_submit_directory: '/etc' } }),
      /cannot be used: it is neither an S3 URI nor a path below \/opt\/ml, exit code: 1$/,
    ],
    [
      'a channel has no data',
      (on) => scriptPlan(on, { 'train.py': '' }, { channels: [channel('training', 's3://bucket/none')] }),
      /^ClientError: Data download failed:S3 key: s3:\/\/bucket\/none matched no files on s3$/,
    ],
    [
      "a channel's bucket is not there",
      (on) => scriptPlan(on, { 'train.py': '' }, { channels: [channel('training', 's3://missing/data')] }),
      /^ClientError: Data download failed:NoSuchBucket \(404\): The specified bucket does not exist \(s3:\/\/missing\/data\)$/,
    ],
    [
      'a channel has a key that climbs',
      (on) => {
        on.put('data/../../x', 'x')
        return scriptPlan(on, { 'train.py': '' }, { channels: [channel('training', 's3://bucket/data')] })
      },
      /^ClientError: Data download failed:the key "data\/\.\.\/\.\.\/x" leads out of its folder$/,
    ],
    [
      'two keys of a channel are one file',
      (on) => {
        on.put('data/a', 'x')
        on.put('data/a/b', 'x')
        return scriptPlan(on, { 'train.py': '' }, { channels: [channel('training', 's3://bucket/data')] })
      },
      /^ClientError: Data download failed:two keys below s3:\/\/bucket\/data cannot both be files/,
    ],
    [
      'the artifacts have no bucket to go to',
      (on) =>
        scriptPlan(
          on,
          { 'train.py': 'import os\nopen(os.environ["SM_MODEL_DIR"] + "/m", "w")' },
          { outputUri: 's3://missing/o' },
        ),
      /^ClientError: Artifact upload failed:s3:\/\/missing\/o\/model\.tar\.gz: NoSuchBucket \(404\)/,
    ],
  ])('%s', async (_situation, plan, reason) => {
    const report = await reasonOf(plan(host))
    expect(report?.exitCode).toBe(1)
    expect(report?.reason).toMatch(reason)
    const said = report?.reason?.replace(/^\w+: /, '').split('\n')[0]
    expect(host.logLines().join('\n')).toContain(said)
  })

  it('reading is not allowed', async () => {
    host.server.fault = (operation) =>
      operation === 'ListObjectsV2' ? AccessDenied('Access Denied') : undefined
    const report = await reasonOf(trainPlan(host, { channels: [channel('training', 's3://bucket/data')] }))
    expect(report?.reason).toBe(
      'ClientError: Data download failed:AccessDenied (403): Access Denied (s3://bucket/data)',
    )
  })

  it('the image stands for no environment', async () => {
    const machine = plainMachine({
      prepareEnvironment: () => Promise.reject(new HostFailure('ClientError: unknown image')),
    })
    expect((await reasonOf(trainPlan(host), machine))?.reason).toBe('ClientError: unknown image')
  })

  it('requirements cannot be installed', async () => {
    const machine = plainMachine({
      ownPython: () => Promise.reject(new InstallError('ERROR: No matching distribution found for nope')),
    })
    const plan = scriptPlan(host, { 'train.py': '', 'requirements.txt': 'nope' })
    expect((await reasonOf(plan, machine))?.reason).toBe(
      'AlgorithmError: InstallRequirementsError:\nExitCode 1\nErrorMessage "ERROR: No matching distribution found for nope"\nCommand "python -m pip install -r requirements.txt", exit code: 1',
    )
  })

  it('the plan is broken', async () => {
    const report = await reasonOf({ ...trainPlan(host), endpoint: 'nowhere' })
    expect(report?.reason).toBe('InternalServerError: the host plan is invalid: endpoint must be a URL')
  })
})
