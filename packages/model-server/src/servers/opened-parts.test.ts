import { expect, test } from 'vitest'
import { openedParts } from './opened-parts.ts'

test('parts are closed once, the latest first', async () => {
  const closed: string[] = []
  const part = (name: string): AsyncDisposable => ({
    [Symbol.asyncDispose]: async () => void closed.push(name),
  })
  const { use, closeBy, close } = openedParts()
  const first = part('first')
  expect(use(first)).toBe(first)
  closeBy(async () => void closed.push('second'))
  use(part('third'))
  await close()
  await close()
  expect(closed).toEqual(['third', 'second', 'first'])
})
