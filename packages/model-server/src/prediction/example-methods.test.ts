import { describe, expect, test } from 'vitest'
import type { Signature } from '../servable.ts'
import { elementCount, type Tensor } from '../tensor.ts'
import { plainLoader, signatureOf } from '../testing/plain-servable.ts'
import { checkClassify, checkRegress, classification, regression } from './example-methods.ts'

const text = { dtype: 'string' } as const
const float = { dtype: 'float32' } as const

const refusal = (act: () => unknown): string => {
  try {
    act()
    return 'nothing'
  } catch (error) {
    return String(error)
  }
}

describe('a signature', () => {
  const inputs = { inputs: text }
  const both = { classes: text, scores: float }
  const notToClassify =
    'Expected classification signature outputs to contain at least one of "classes" or "scores". Signature was: s'
  test.each<[string, Signature, string, string]>([
    ['made for classes', signatureOf(inputs, both), 'nothing', 'Expected one output Tensor.'],
    ['made for values', signatureOf(inputs, { outputs: float }), notToClassify, 'nothing'],
    [
      'of two inputs',
      signatureOf({ inputs: text, more: text }, both),
      'Expected one input Tensor.',
      'Expected one input Tensor.',
    ],
    [
      'of another input',
      signatureOf({ x: text }, { scores: float }),
      'No classification inputs found in SignatureDef: s',
      'No regression inputs found in SignatureDef: s',
    ],
    [
      'of another input and too many outputs',
      signatureOf({ x: text }, { ...both, more: float }),
      'Expected one or two output Tensors, found 3',
      'Expected one output Tensor.',
    ],
    [
      'of another output',
      signatureOf(inputs, { y: float }),
      notToClassify,
      'No regression outputs found in SignatureDef: s',
    ],
    [
      'of another type of output',
      signatureOf(inputs, { outputs: text }),
      notToClassify,
      'Expected output Tensor of DT_FLOAT.  Got: DT_STRING',
    ],
    [
      'of another type of scores',
      signatureOf(inputs, { scores: text }),
      'Expected scores Tensor of DT_FLOAT. Got: DT_STRING',
      'No regression outputs found in SignatureDef: s',
    ],
  ])('%s', async (_situation, signature, toClassify, toRegress) => {
    await using servable = await plainLoader('m', 1, { s: signature }).load()
    const refusals = [checkClassify, checkRegress].map((check) => refusal(() => check(servable, 's')))
    expect(refusals.map((one) => one.replace('StatusError: ', ''))).toEqual([toClassify, toRegress])
  })
})

const floats = (...shape: number[]): Tensor => ({
  ...{ dtype: 'float32', shape, data: new Uint8Array(4 * elementCount(shape)) },
})
const words = (...shape: number[]): Tensor => ({
  ...{ dtype: 'string', shape, data: new Array<Uint8Array>(elementCount(shape)).fill(new Uint8Array(1)) },
})

describe('outputs of a run over three examples', () => {
  test.each<[string, Record<string, Tensor>, string]>([
    [
      'a list of scores',
      { scores: floats(3) },
      'Expected Tensor shape: [batch_size num_classes] but got [3]',
    ],
    ['too few', { scores: floats(2, 5) }, 'Expected scores output batch size of 3. Got: 2'],
    ['too few classes', { classes: words(2, 5) }, 'Expected classes output batch size of 3. Got: 2'],
    [
      'other scores than classes',
      { classes: words(3, 5), scores: floats(3, 4) },
      'Tensors class and score should match in dim_size(1). Got 5 vs. 4',
    ],
  ])('%s are no classification', (_situation, outputs, reason) => {
    expect(() => classification(new Map(Object.entries(outputs)), 3)).toThrow(reason)
  })

  const shapeText = 'Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got '
  test.each([
    ['a single value', floats(), `${shapeText}[]`],
    ['rows of two', floats(3, 2), `${shapeText}[3,2]`],
    ['too few', floats(2), 'Input batch size did not match output batch size: 3 vs. 2'],
    ['too few rows', floats(2, 1), 'Input batch size did not match output batch size: 3 vs. 2'],
  ])('%s are no regression', (_situation, output, reason) => {
    expect(() => regression(new Map([['outputs', output]]), 3)).toThrow(reason)
  })
})
