import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sampleChannel } from './testing/plans.ts'
import { scriptPlan, TestHost } from './testing/test-host.ts'

const main = join(import.meta.dirname, '../dist/main.js')
let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

async function runAgent(): Promise<void> {
  const output = openSync(host.path('log', 'output.log'), 'a')
  const agent = spawn(process.execPath, [main, '--host-directory', host.directory], {
    stdio: ['ignore', output, output],
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' },
  })
  await once(agent, 'exit')
}

const script = `
import os, socket, sys
import tensorflow as tf
print('host', socket.gethostname(), socket.gethostbyname('algo-1'), os.getcwd(), sys.argv[0])
print('paths', os.environ['SM_MODEL_DIR'], os.environ['SM_CHANNEL_TRAINING'], os.environ['SM_HP_LEARNING-RATE'])
data = '/opt/ml/input/data/training/a.csv'
print('data', open(data).read())
for attempt in (lambda: os.chmod(data, 0o666), lambda: open(data, 'w'), lambda: os.remove(data)):
    try:
        attempt()
        print('the bucket can be changed')
    except OSError as error:
        print('refused', error.errno)
model = tf.keras.Sequential([tf.keras.layers.Input((1,)), tf.keras.layers.Dense(1)])
model.export('/opt/ml/model/1')
`

it('trains with real TensorFlow in an /opt/ml of its own, which cannot change the bucket', async () => {
  host.put('training/a.csv', 'bytes', 'local')
  const plan = scriptPlan(
    host,
    { 'train.py': script },
    {
      channels: [sampleChannel('training')],
      hyperParameters: { 'learning-rate': '0.1' },
      image: '763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.21.0-cpu-py311',
    },
  )
  writeFileSync(host.path('plan.json'), JSON.stringify(plan))
  await runAgent()
  expect(host.report(), host.output()).toMatchObject({ phase: 'exited', exitCode: 0 })
  const lines = host.logLines()
  expect(lines).toContain('host algo-1 127.0.1.1 /opt/ml/code train.py')
  expect(lines).toContain('paths /opt/ml/model /opt/ml/input/data/training 0.1')
  expect(lines).toContain('data bytes')
  expect(lines.filter((line) => line.startsWith('refused'))).toEqual([
    'refused 30',
    'refused 30',
    'refused 30',
  ])
  const source = host.server.localPaths.get('bucket/training/a.csv') ?? ''
  expect([readFileSync(source, 'utf8'), statSync(source).nlink]).toEqual(['bytes', 2])
  expect(host.server.objects.get('bucket/out/job/output/model.tar.gz')?.length).toBeGreaterThan(1000)
}, 300_000)
