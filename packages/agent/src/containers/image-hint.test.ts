import { expect, test } from 'vitest'
import { imageHint } from './image-hint.ts'

test.each([
  ['763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-traning:2.19.0-cpu-py312', 'correct its name'],
  ['763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.0.0-cpu-py310', 'pull the image'],
])('%s is one to be pulled', (image, words) => {
  expect(imageHint(image)).toContain(words)
})

test('of other images the engine has said it all', () => {
  expect(imageHint('localhost/mine:latest')).toBe('')
})
