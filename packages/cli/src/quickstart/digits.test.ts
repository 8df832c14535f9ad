import { expect, test } from 'vitest'
import { drawDigit, drawRow } from './digits.ts'

const blank = new Uint8Array(28 * 28)

test('a blank image is blank Braille of seven lines', () => {
  expect(drawDigit(blank)).toEqual(Array(7).fill('\u2800'.repeat(14)))
})

test.each([
  ['the upper left pixel', 0, '\u2801'],
  ['the pixel right of it', 1, '\u2808'],
  ['the pixel below it', 28, '\u2802'],
  ['the lowest dot on the right of the first cell', 28 * 3 + 1, '\u2880'],
])('%s sets its own dot', (_, index, first) => {
  const image = blank.slice()
  image[index] = 255
  expect(drawDigit(image)[0]?.[0]).toBe(first)
})

test('pictures stand side by side with a caption under each', () => {
  const text = drawRow([
    { pixels: blank, caption: '7 = 7' },
    { pixels: blank, caption: '2 = 2' },
  ])
  expect(text.split('\n')).toHaveLength(8)
  expect(text.endsWith('7 = 7           2 = 2')).toBe(true)
})

test('an image of another size is refused', () => {
  expect(() => drawDigit(new Uint8Array(4))).toThrow('784 pixels')
})
