import { mkdirSync, writeFileSync } from 'node:fs'
import { AccessDenied, InsufficientStorage } from '@sagebrush/api'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scriptPlan, TestHost } from '../testing/test-host.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

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
  expect(host.output()).toContain(
    'out is no file, a link that leads out, or a name that is no UTF-8: it is not part of model',
  )
})

it.each([
  ['storing is not allowed', AccessDenied('Access Denied'), 'AccessDenied (403): Access Denied'],
  ['the store is full', InsufficientStorage('full'), 'InsufficientStorage (507): full'],
])('fails the job when %s', async (_situation, error, words) => {
  host.server.fault = (operation) => (operation === 'PutObject' ? error : undefined)
  const script = 'import os\nopen(os.environ["SM_MODEL_DIR"] + "/m", "w")'
  expect(await host.run(scriptPlan(host, { 'train.py': script }))).toHaveProperty(
    'reason',
    `ClientError: Artifact upload failed:s3://bucket/out/job/output/model.tar.gz: ${words}`,
  )
})

it.each([
  ['the model', 'model', false],
  ['the model, as files', 'model', true],
  ['all output', 'output', false],
])('a link in the place of %s is not followed', async (_what, place, uncompressedModel) => {
  mkdirSync(host.path('elsewhere', 'data'), { recursive: true })
  writeFileSync(host.path('elsewhere', 'data', 'secret'), 'of this machine')
  writeFileSync(host.path('elsewhere', 'failure'), 'of this machine')
  const script = `
import os, shutil, sys
shutil.rmtree('../${place}')
os.symlink('${host.path('elsewhere')}', '../${place}')
sys.exit('no luck')
`
  const report = await host.run(scriptPlan(host, { 'train.py': script }, { uncompressedModel }))
  expect(report).toMatchObject({ exitCode: 1, reason: expect.stringContaining('no luck') })
  expect([...host.server.objects.keys()].filter((name) => name.startsWith('bucket/out/'))).toEqual([])
  expect(host.output()).toMatch(
    /\/opt\/ml\/(model|output\/data) leads out of \/opt\/ml: nothing of it is stored/,
  )
})

it.each([false, true])(
  'a name that is no UTF-8 keeps no other file from being stored: %s',
  async (uncompressedModel) => {
    const script = `
import os
model = os.environb[b'SM_MODEL_DIR']
open(model + b'/good', 'w').write('x')
os.mkdir(model + b'/\\xff')
open(model + b'/\\xff/bad', 'w').write('x')
`
    const report = await host.run(scriptPlan(host, { 'train.py': script }, { uncompressedModel }))
    expect(report).toMatchObject({ exitCode: 0 })
    const names = [...host.server.objects.keys()].filter((name) => name.startsWith('bucket/out/'))
    expect(names).toEqual([`bucket/out/job/output/${uncompressedModel ? 'model/good' : 'model.tar.gz'}`])
    expect(host.output()).toContain('\ufffd is no file, a link that leads out, or a name that is no UTF-8')
  },
)

it('a file in the place of the model is no model', async () => {
  const script = "import os\nos.rmdir('../model')\nopen('../model', 'w').write('x')"
  expect(await host.run(scriptPlan(host, { 'train.py': script }))).toMatchObject({ exitCode: 0 })
  expect(host.output()).toContain('/opt/ml/model is no folder: nothing of it is stored')
})
