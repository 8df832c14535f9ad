import { mkdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unpack } from '../objects/archives/unpack.ts'
import { poll, scriptPlan, TestHost } from '../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

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
    const archive = host.server.objects.get('bucket/out/job/output/model.tar.gz') ?? Buffer.alloc(0)
    mkdirSync(host.path('unpacked'))
    await unpack(Readable.from([archive]), host.path('unpacked'), { bytes: 1e9, entries: 100 })
    expect(readFileSync(host.path('unpacked', 'checkpoint'), 'utf8')).toBe('saved')
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
