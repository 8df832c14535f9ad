import { expect, test } from 'vitest'
import { pickHandlers } from './load-handlers.ts'

const one = () => 'one' as never
const two = () => 'two' as never

test.each([
  ['handler', { handler: one, inputHandler: two }, { style: 'single', handler: one }],
  [
    'a pair',
    { inputHandler: one, outputHandler: two },
    { style: 'pair', inputHandler: one, outputHandler: two },
  ],
  [
    'names as in Python',
    { input_handler: one, output_handler: two },
    { style: 'pair', inputHandler: one, outputHandler: two },
  ],
  ['what CommonJS exports', { default: { handler: one } }, { style: 'single', handler: one }],
  [
    'a pair, where handler is no function',
    { handler: 3, inputHandler: one, outputHandler: two },
    { style: 'pair', inputHandler: one, outputHandler: two },
  ],
])('takes %s', (_case, module, handlers) => {
  expect(pickHandlers(module)).toEqual(handlers)
})

test.each([
  ['nothing', {}, 'inputHandler and outputHandler missing'],
  ['half a pair', { inputHandler: one }, '; outputHandler missing'],
  ['the other half', { output_handler: one }, '; inputHandler missing'],
  [
    'something else',
    { default: null, handler: 'x' },
    'it must export the function handler, or inputHandler and outputHandler',
  ],
])('says what is missing in a module with %s', (_case, module, message) => {
  expect(() => pickHandlers(module)).toThrow(message)
})
