import { privateRoot } from '@sagebrush/environments'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveOf, plainMachine, scriptPlan, TestHost, trainPlan } from '../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

const script = `
import os, socket, sys, urllib.parse
print("variables", sorted(name for name in os.environ if name.startswith("AWS")))
for place in (sys.argv[sys.argv.index("--server") + 1], "192.0.2.1:80"):
    host, port = place.split(":")
    try:
        socket.create_connection((host, int(port)), 5)
        print("reached", place)
    except OSError as error:
        print("kept off", error.errno)
own = socket.create_server(("127.0.0.1", 0))
socket.create_connection(own.getsockname(), 5)
print("loopback works")
open("/opt/ml/model/weights", "w").write("w")
`

/** The code comes as a channel, as the SDK brings it for such jobs. */
function isolatedPlan() {
  host.put('code/sourcedir.tar.gz', archiveOf({ 'train.py': script }))
  return trainPlan(host, {
    isIsolated: true,
    hyperParameters: {
      sagemaker_program: '"train.py"',
      sagemaker_submit_directory: '"/opt/ml/input/data/code/sourcedir.tar.gz"',
      server: JSON.stringify(host.server.endpoint.replace('http://', '')),
    },
    channels: [
      {
        name: 'code',
        source: { uri: 's3://bucket/code', type: 'S3Prefix', distribution: 'FullyReplicated' },
        mode: 'File',
      },
    ],
  })
}

describe('a job that is kept from the network', () => {
  it('reaches itself and nobody else, while its log and its model are stored', async () => {
    const report = await host.run(isolatedPlan(), plainMachine({ privateRoot }))
    expect(report).toMatchObject({ exitCode: 0 })
    expect(host.logLines()).toContain("variables ['AWS_DEFAULT_REGION', 'AWS_REGION']")
    expect(host.logLines().filter((line) => line.startsWith('kept off'))).toEqual([
      'kept off 111',
      'kept off 101',
    ])
    expect(host.logLines()).toContain('loopback works')
    expect(host.server.objects.has('bucket/out/job/output/model.tar.gz')).toBe(true)
  })

  it('is not given code from S3', async () => {
    const plan = scriptPlan(host, { 'train.py': 'print(1)' }, { isIsolated: true })
    const report = await host.run(plan, plainMachine({ privateRoot }))
    expect(report).toMatchObject({
      exitCode: 1,
      reason: expect.stringContaining(
        'EnableNetworkIsolation keeps the job from S3; bring the code as a channel',
      ),
    })
  })

  it.each([
    ['no private root', async () => undefined],
    ['no network namespace', async () => ({ wrap: () => [], isolates: async () => false })],
  ])('fails on a machine that has %s', async (_situation, root) => {
    const report = await host.run(isolatedPlan(), plainMachine({ privateRoot: root }))
    expect(report).toMatchObject({
      exitCode: 1,
      reason: expect.stringMatching(
        /^ClientError: EnableNetworkIsolation is set, and the machine of the server cannot/,
      ),
    })
  })
})
