import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findModels } from './model-directory.ts'

let parent: string
let root: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'models-'))
  root = join(parent, 'model')
  await mkdir(root)
})
afterEach(() => rm(parent, { recursive: true }))

async function files(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), '')
  }
}
const found = async (wanted?: string) => {
  const { versions, defaultModel } = await findModels(root, wanted)
  return { defaultModel, versions: versions.map(({ model, version }) => `${model} ${version}`) }
}

describe('findModels', () => {
  test.each([
    [['1/saved_model.pb'], 'model', ['model 1']],
    [['my_model/00000123/saved_model.pb'], 'my_model', ['my_model 123']],
    [['export/Servo/1/saved_model.pb', 'export/Servo/1/variables/variables.index'], 'Servo', ['Servo 1']],
    [['0000000/saved_model.pbtxt'], 'model', ['model 0']],
    [
      ['b/7/saved_model.pb', 'a/1/saved_model.pb', 'a/2/saved_model.pb', 'code/inference.py'],
      'a',
      ['a 1', 'a 2', 'b 7'],
    ],
    [['m/1/saved_model.pb', 'm/.3/x', 'm/abc/x', 'm/4'], 'm', ['m 1']],
  ])('of %j takes %s', async (paths, defaultModel, versions) => {
    await files(...paths)
    expect(await found()).toEqual({ defaultModel, versions })
  })

  test('takes the wanted default model', async () => {
    await files('a/1/saved_model.pb', 'b/1/saved_model.pb')
    expect((await found('b')).defaultModel).toBe('b')
    await expect(found('c')).rejects.toThrow('the default model c is not there; found: a, b')
  })

  test.each([
    [[], 'no numeric version directory with a saved_model.pb: the model is empty'],
    [['code/inference.py', 'weights.h5'], 'the model holds code/inference.py, weights.h5'],
    [['1/model.keras'], '1/model.keras is a Keras file, whose SavedModel model.export() makes'],
    [
      ['saved_model.pb'],
      'no numeric version directory: saved_model.pb was found at the top, but a SavedModel must',
    ],
    [['my/model/saved_model.pb'], 'no numeric version directory: saved_model.pb was found in my/model'],
    [['a/m/1/saved_model.pb', 'b/m/1/saved_model.pb'], 'two models are named m: a/m and b/m'],
    [['1/saved_model.pb', '01/saved_model.pb'], 'version 1 twice'],
    [['99999999999999999999/saved_model.pb'], 'the version number 99999999999999999999 is too large'],
  ])('refuses %j', async (paths, reason) => {
    await files(...paths)
    await expect(found()).rejects.toThrow(reason)
  })

  test('refuses a directory that is not there', async () => {
    await expect(findModels(join(root, 'none'))).rejects.toThrow(
      `cannot read the model directory ${root}/none`,
    )
  })
})
