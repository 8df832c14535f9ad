import { expect, test } from 'vitest'
import { failureHints } from './failure-hints.ts'

test.each([
  [
    'a channel that is called otherwise',
    "Traceback (most recent call last):\nKeyError: 'SM_CHANNEL_TRAIN'\n",
    'The job\'s channels are: training, eval. SM_CHANNEL_TRAIN is there for a channel called train, as of fit({"train": "s3://…"}).',
  ],
  [
    'the argument that is always there',
    'usage: train.py [-h]\ntrain.py: error: unrecognized arguments: --epochs 3 --model_dir s3://b/m\n',
    "SageMaker's SDK passes --model_dir to every TensorFlow script: take it, use parse_known_args, or give the estimator model_dir=False.",
  ],
  [
    'a channel of another mode',
    'sagemaker_tensorflow.pipe_mode.PipeModeDatasetException: Channel training is not a PipeMode channel\n',
    'PipeModeDataset reads channels of Pipe mode: give the estimator, or the TrainingInput of training, input_mode="Pipe".',
  ],
])('a hint for %s', (_, output, hint) => {
  expect(failureHints(output, ['training', 'eval'])).toEqual([hint])
})

test('a job without channels is told so', () => {
  expect(failureHints("KeyError: 'SM_CHANNEL_TRAIN'", [])[0]).toMatch(/^The job has no channels\. /)
})

test('no hint for what says enough', () => {
  expect(failureHints("KeyError: 'SM_MODEL'\nerror: unrecognized arguments: --lr 1", ['training'])).toEqual(
    [],
  )
})
