import { expect, test } from 'vitest'
import type { Tensor } from '../tensor.ts'
import { plainLoader, signatureOf } from '../testing/plain-servable.ts'
import { runChecked } from './checked-run.ts'

const image = { x: { dtype: 'float32', shape: [-1, 28, 28, 1] } } as const
const servable = await plainLoader('m', 1, {
  strict: signatureOf(image, image, true),
  loose: signatureOf(image, image, false),
}).load()
const tensor = (...shape: number[]): Tensor => ({ dtype: 'float32', shape, data: new Uint8Array(0) })

test.each([[[1, 28, 28, 1]], [[0, 28, 28, 1]], [[50, 28, 28, 1]]])(
  'a shape %j that fits is run',
  async (shape) => {
    const inputs = new Map([['x', tensor(...shape)]])
    expect(await runChecked(servable, { signature: 'strict', inputs })).toBe(inputs)
  },
)

test.each([[[1, 1]], [[]], [[1, 28, 28, 3]], [[1, 1, 28, 28, 1]]])(
  'a shape %j that does not fit is refused',
  (shape) => {
    const inputs = new Map([['x', tensor(...shape)]])
    expect(() => runChecked(servable, { signature: 'strict', inputs })).toThrow(
      `Input x has shape [${shape.join(',')}], but the signature expects [-1,28,28,1]`,
    )
  },
)

test('a signature whose operations take any shape is asked nothing', async () => {
  const inputs = new Map([['x', tensor(1, 1)]])
  expect(await runChecked(servable, { signature: 'loose', inputs })).toBe(inputs)
})

test.each([[[0, 2 ** 53 - 1, 4]], [[2 ** 20, 0, 17]]])(
  'an empty tensor of shape %j is refused whatever the signature',
  (shape) => {
    const inputs = new Map([['x', tensor(...shape)]])
    expect(() => runChecked(servable, { signature: 'loose', inputs })).toThrow(
      `Input x is empty, but its shape is [${shape.join(',')}]`,
    )
  },
)

test('an unknown signature is refused', () => {
  expect(() => runChecked(servable, { signature: 'no', inputs: new Map() })).toThrow(
    'Serving signature key "no" not found.',
  )
})
