import { describe, expect, it } from 'vitest'
import { modelHints } from './model-hints.ts'

const hints = (files: readonly string[], modelDirectory?: string) =>
  modelHints(files, '/opt/ml/model', modelDirectory)

describe('modelHints', () => {
  it.each([
    ['a version folder', ['1/saved_model.pb', '1/variables/variables.index']],
    ['a named model', ['export/Servo/1/saved_model.pb']],
  ])('has nothing to say of %s', (_situation, files) => {
    expect(hints(files)).toEqual([])
  })

  it('says that nothing was saved', () => {
    expect(hints([], '/opt/ml/model')).toEqual([
      'No model artifact is saved under path /opt/ml/model. Your training job will not save any model files to S3.',
    ])
  })

  it('says where a model went that was saved to S3', () => {
    expect(hints([], 's3://b/job/model')[1]).toContain(
      'save it under the path in SM_MODEL_DIR (/opt/ml/model)',
    )
  })

  it.each([
    ['no SavedModel', ['model.h5'], 'no saved_model.pb was saved'],
    ['no version folder', ['saved_model.pb'], 'its folder is called "model", not a version number'],
    [
      'a folder that is no version',
      ['best/saved_model.pb'],
      'its folder is called "best", not a version number',
    ],
  ])('says why a model cannot be deployed: %s', (_situation, files, text) => {
    expect(hints(files)).toEqual([expect.stringContaining(text)])
  })
})
