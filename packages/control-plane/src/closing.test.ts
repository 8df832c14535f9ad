import { expect, test } from 'vitest'
import { Closing } from './closing.ts'

test('what was opened last is closed first, each thing once, and past one that fails', async () => {
  const closed: string[] = []
  const closing = new Closing()
  closing.use({ [Symbol.dispose]: () => void closed.push('first') })
  closing.defer(() => Promise.reject(new Error('second')))
  const third = { [Symbol.asyncDispose]: async () => void closed.push('third') }
  expect(closing.use(third)).toBe(third)
  await expect(closing[Symbol.asyncDispose]()).rejects.toThrow('second')
  await closing[Symbol.asyncDispose]()
  expect(closed).toEqual(['third', 'first'])
})
