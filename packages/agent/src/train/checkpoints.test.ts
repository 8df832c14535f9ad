import { AccessDenied } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { poll, scriptPlan, TestHost } from '../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

const artifact = (name: string) => host.server.objects.get(`bucket/out/job/output/${name}`)

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

  it('wait for a run that comes so far, when an interruption comes before the script', async () => {
    host.put('run/first', '1')
    host.start(scriptPlan(host, { 'train.py': script }, { syncedFolders }))
    host.interrupt()
    expect(await host.ended()).toMatchObject({ phase: 'exited', interrupted: true })
    expect(checkpoints()).toEqual(['bucket/run/first'])
    expect(host.output()).toContain('the host was interrupted')
    expect(host.output()).not.toContain('found')
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
        'ClientError: Checkpoint upload failed:s3://bucket/run (/opt/ml/checkpoints): AccessDenied (403): Access Denied (s3://bucket/run)',
    })
    expect(artifact('model.tar.gz')).toBeDefined()
  })

  it.each([
    [
      'one is the folder of the other',
      ['run/a', 'run/a/b'],
      'two keys below s3://bucket/run cannot both be files',
    ],
    [
      'one is too long',
      [`run/${'n'.repeat(300)}`],
      'a key below s3://bucket/run is too long for a file name',
    ],
  ])('whose keys cannot be files fail the job at its start: %s', async (_case, keys, words) => {
    for (const key of keys) host.put(key, 'x')
    expect(await host.run(scriptPlan(host, { 'train.py': script }, { syncedFolders }))).toMatchObject({
      reason: expect.stringContaining(
        `ClientError: Checkpoint download failed:s3://bucket/run (/opt/ml/checkpoints): ${words}`,
      ),
    })
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
