import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { AccessDenied, InsufficientStorage } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HostFailure } from '../failure-reason.ts'
import { InstallError } from '../machine.ts'
import { unpack } from '../objects/unpack.ts'
import { plainMachine, poll, scriptPlan, TestHost, trainPlan } from '../testing/test-host.ts'

let host: TestHost
let unpacked = ''
beforeEach(async () => {
  host = await TestHost.create()
  unpacked = mkdtempSync(join(tmpdir(), 'sagebrush-unpacked-'))
})
afterEach(async () => {
  await host[Symbol.asyncDispose]()
  rmSync(unpacked, { recursive: true, force: true })
})

const artifact = (name: string) => host.server.objects.get(`bucket/out/job/output/${name}`)
const channel = (name: string, uri: string) =>
  ({ name, source: { uri, type: 'S3Prefix', distribution: 'FullyReplicated' }, mode: 'File' }) as const
async function unpackArtifact(name: string): Promise<string> {
  await unpack(Readable.from([artifact(name) ?? Buffer.alloc(0)]), unpacked, { bytes: 1e9, entries: 100 })
  return unpacked
}

describe('a training job', () => {
  it('runs the script with its arguments and data, and stores what it leaves', async () => {
    const script = `
import argparse, json, os, sys
parser = argparse.ArgumentParser()
for name in ('--epochs', '--name', '--lst', '--model_dir'):
    parser.add_argument(name)
args = parser.parse_known_args()[0]
print('args', json.dumps(vars(args), sort_keys=True))
data = os.environ['SM_CHANNEL_TRAINING']
print('data', sorted(os.listdir(data)), open(os.path.join(data, 'sub', 'b.csv')).read())
print('cwd', os.getcwd() == os.environ['PYTHONPATH'].split(':')[0], os.environ.get('SERVER_SECRET'))
print('hp', os.environ['SM_HP_LEARNING-RATE'])
print('job', os.environ['TRAINING_JOB_NAME'], os.environ['AWS_ENDPOINT_URL'], 'TF_CONFIG' in os.environ)
os.makedirs(os.environ['SM_MODEL_DIR'] + '/1')
open(os.environ['SM_MODEL_DIR'] + '/1/saved_model.pb', 'w').write('graph')
open(os.environ['SM_OUTPUT_DATA_DIR'] + '/metrics.json', 'w').write('{}')
`
    host.put('data/a.csv', '1')
    host.put('data/sub/b.csv', '2')
    const plan = scriptPlan(
      host,
      { 'train.py': script },
      {
        hyperParameters: {
          epochs: '3',
          'learning-rate': '0.1',
          name: '"a b"',
          lst: '[1, 2]',
          model_dir: '"s3://bucket/job/model"',
        },
        channels: [channel('training', 's3://bucket/data')],
        environment: { EXTRA: 'x' },
      },
    )
    expect(await host.run(plan)).toMatchObject({ phase: 'exited', exitCode: 0 })
    const lines = host.logLines()
    expect(lines).toContain(
      'args {"epochs": "3", "lst": "[1, 2]", "model_dir": "s3://bucket/job/model", "name": "a b"}',
    )
    expect(lines).toContain("data ['a.csv', 'sub'] 2")
    expect(lines).toContain('cwd True None')
    expect(lines).toContain('hp 0.1')
    expect(lines).toContain(`job job ${host.server.endpoint} False`)
    expect(
      lines.some((line) =>
        line.endsWith(
          "train.py --epochs 3 --learning-rate 0.1 --lst '[1, 2]' --model_dir s3://bucket/job/model --name 'a b'",
        ),
      ),
    ).toBe(true)
    expect(lines.at(-1)).toMatch(/ sagemaker-training-toolkit INFO {5}Reporting training SUCCESS$/)
    expect(existsSync(host.path('ml', 'output', 'success'))).toBe(true)
    expect(readFileSync(join(await unpackArtifact('model.tar.gz'), '1', 'saved_model.pb'), 'utf8')).toBe(
      'graph',
    )
    expect(readFileSync(join(await unpackArtifact('output.tar.gz'), 'metrics.json'), 'utf8')).toBe('{}')
  })

  it('stores no archive where there is no file, and says where the model went', async () => {
    const hyperParameters = { model_dir: '"s3://bucket/job/model"' }
    await host.run(scriptPlan(host, { 'train.py': 'print(1)' }, { hyperParameters }))
    expect([...host.server.objects.keys()]).toEqual(['bucket/source/sourcedir.tar.gz'])
    const warnings = host.logLines().filter((line) => line.includes(' WARNING '))
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain('No model artifact is saved under path')
    expect(warnings[1]).toContain(
      'model_dir is s3://bucket/job/model: what the script saved there stays there',
    )
  })

  it('runs a shell script', async () => {
    const plan = scriptPlan(
      host,
      { 'run.sh': 'echo "got: $2" "$SM_HP_NAME"' },
      { hyperParameters: { name: '"a $HOME"' } },
    )
    expect(await host.run(plan)).toMatchObject({ exitCode: 0 })
    expect(host.logLines()).toContain('got: a $HOME a $HOME')
  })
})

describe('a training job that is asked to stop', () => {
  const script = (onStop: string) => `
import os, signal, sys, time
def stop(number, frame):
    ${onStop}
signal.signal(signal.SIGTERM, stop)
print('ready')
while True:
    time.sleep(0.02)
`
  const save = "open(os.environ['SM_MODEL_DIR'] + '/checkpoint', 'w').write('saved'); sys.exit(0)"
  const untilReady = () => poll('the script', () => (host.output().includes('ready\n') ? true : undefined))

  it('lets the script save its work, and stores that', async () => {
    host.start(scriptPlan(host, { 'train.py': script(save) }))
    await untilReady()
    host.stop()
    expect(await host.ended()).toMatchObject({ phase: 'exited', exitCode: 0 })
    expect(readFileSync(join(await unpackArtifact('model.tar.gz'), 'checkpoint'), 'utf8')).toBe('saved')
  })

  it('kills a script that does not listen when the grace is over', async () => {
    host.start(scriptPlan(host, { 'train.py': script('pass') }, { stopGraceSeconds: 0.2 }))
    await untilReady()
    host.stop()
    expect(await host.ended()).toMatchObject({
      exitCode: 137,
      reason: 'InternalServerError: the host was asked to stop',
    })
  })

  it('starts nothing when it is asked before', async () => {
    host.start(scriptPlan(host, { 'train.py': script(save) }))
    host.stop()
    expect(await host.ended()).toMatchObject({
      exitCode: 1,
      reason: 'InternalServerError: the host was asked to stop',
    })
    expect(host.output()).not.toContain('ready')
  })
})

describe('checkpoints', () => {
  const syncedFolders = [{ path: '/opt/ml/checkpoints', uri: 's3://bucket/run', twoWay: true }] as const
  // Plain machines have no /opt/ml: the folder stands beside the code.
  const script = `
import os, signal, sys, time
folder = '../checkpoints'
number = len(os.listdir(folder)) + 1
def save(number, frame):
    open(os.path.join(folder, 'last-%d' % len(os.listdir(folder))), 'w').write('x')
    open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x')
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print('found', sorted(os.listdir(folder)), flush=True)
while number < 3:
    time.sleep(0.02)
`
  const checkpoints = () => [...host.server.objects.keys()].filter((name) => name.startsWith('bucket/run/'))

  it('outlive an interruption, which stores no artifacts, and are found by the next run', async () => {
    host.put('run/first', '1')
    host.start(scriptPlan(host, { 'train.py': script }, { syncedFolders }))
    await poll('the script', () => (host.output().includes("found ['first']") ? true : undefined))
    host.interrupt()
    expect(await host.ended()).toMatchObject({ phase: 'exited', interrupted: true })
    expect(checkpoints()).toEqual(['bucket/run/first', 'bucket/run/last-1'])
    expect(artifact('model.tar.gz')).toBeUndefined()
    expect(host.output()).toContain('the machine is taken away; 120 s are left')
    await using next = await TestHost.create()
    for (const name of checkpoints()) next.put(name.slice('bucket/'.length), 'x')
    await next.run(scriptPlan(next, { 'train.py': script }, { syncedFolders }))
    expect(next.output()).toContain("found ['first', 'last-1']")
  })

  it('that cannot be stored fail the job, after its artifacts are', async () => {
    host.server.fault = (operation, input) => {
      const { Key = '' } = input as { Key?: string }
      return operation === 'PutObject' && Key.startsWith('run/') ? AccessDenied('Access Denied') : undefined
    }
    const text = `${script.replace('number < 3', 'False')}\nsave(0, None)`
    const report = await host.run(scriptPlan(host, { 'train.py': text }, { syncedFolders }))
    expect(report).toMatchObject({
      exitCode: 1,
      reason:
        'ClientError: Checkpoint upload failed:s3://bucket/run (/opt/ml/checkpoints): AccessDenied (403): Access Denied',
    })
    expect(artifact('model.tar.gz')).toBeDefined()
  })

  it('that cannot be brought fail the job at its start', async () => {
    const missing = [{ path: '/opt/ml/checkpoints', uri: 's3://nowhere/run', twoWay: true }]
    const plan = scriptPlan(host, { 'train.py': script }, { syncedFolders: missing })
    expect(await host.run(plan)).toMatchObject({
      reason: expect.stringMatching(
        /^ClientError: Checkpoint download failed:s3:\/\/nowhere\/run .*NoSuchBucket/,
      ),
    })
  })
})

it("a script's own failure is told, also when its artifacts cannot be stored", async () => {
  host.server.fault = (operation) => (operation === 'PutObject' ? AccessDenied('Access Denied') : undefined)
  const script =
    "import os\nopen(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x')\nraise ValueError('boom')"
  const report = await host.run(scriptPlan(host, { 'train.py': script }))
  expect(report).toMatchObject({ exitCode: 1, reason: expect.stringContaining('ValueError: boom') })
  expect(host.output()).toContain('Artifact upload failed:s3://bucket/out/job/output/model.tar.gz')
})

it('a model that is wanted uncompressed goes up file by file', async () => {
  const script = `
import os
model = os.environ['SM_MODEL_DIR']
os.makedirs(model + '/1/assets')
open(model + '/1/saved_model.pb', 'w').write('graph')
os.symlink('1/saved_model.pb', model + '/link')
os.symlink('/etc/passwd', model + '/out')
open(os.environ['SM_OUTPUT_DATA_DIR'] + '/metrics.json', 'w').write('{}')
`
  await host.run(scriptPlan(host, { 'train.py': script }, { uncompressedModel: true }))
  const names = [...host.server.objects.keys()].filter((name) => name.startsWith('bucket/out/')).sort()
  expect(names).toEqual(
    ['model/1/saved_model.pb', 'model/link', 'output.tar.gz'].map((name) => `bucket/out/job/output/${name}`),
  )
  expect(host.output()).toContain('out is no file, or a link that leads out: it is not part of model')
})

describe('while the server is away', () => {
  it('a job goes on, and everything is stored when it is back', async () => {
    const script = `
import os, time
print('ready')
while not os.path.exists('away'):
    time.sleep(0.02)
for number in range(1000):
    print('line', number)
open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x')
`
    host.start(scriptPlan(host, { 'train.py': script }))
    await poll('the script', () => (host.logLines().includes('ready') ? true : undefined))
    await host.server.close()
    writeFileSync(host.path('ml', 'code', 'away'), '')
    await host.until('the upload', (report) => report.phase === 'running' && report.activity === 'uploading')
    await host.server.reopen()
    expect(await host.ended()).toMatchObject({ exitCode: 0 })
    expect(artifact('model.tar.gz')).toBeDefined()
    const lines = host.logLines().filter((line) => line.startsWith('line '))
    expect(lines).toEqual(Array.from({ length: 1000 }, (_, number) => `line ${number}`))
  })
})

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

  it.each([
    ['storing is not allowed', AccessDenied('Access Denied'), 'AccessDenied (403): Access Denied'],
    ['the store is full', InsufficientStorage('full'), 'InsufficientStorage (507): full'],
  ])('%s', async (_situation, error, words) => {
    host.server.fault = (operation) => (operation === 'PutObject' ? error : undefined)
    const script = 'import os\nopen(os.environ["SM_MODEL_DIR"] + "/m", "w")'
    expect((await reasonOf(scriptPlan(host, { 'train.py': script })))?.reason).toBe(
      `ClientError: Artifact upload failed:s3://bucket/out/job/output/model.tar.gz: ${words}`,
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
