import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unpack } from '../objects/archives/unpack.ts'
import { poll, scriptPlan, TestHost } from '../testing/test-host.ts'

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
