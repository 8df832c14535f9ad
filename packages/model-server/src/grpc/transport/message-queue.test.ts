import { expect, test } from 'vitest'
import { MessageQueue } from './message-queue.ts'

const message = (text: string) => ({ isCompressed: false, bytes: Buffer.from(text) })

/** All that the queue gives, and the error that ends it. */
async function taken(queue: MessageQueue): Promise<string[]> {
  const texts: string[] = []
  try {
    for await (const { bytes } of queue) texts.push(String(bytes))
  } catch (error) {
    texts.push(String(error))
  }
  return texts
}

test('gives what came before it was asked, what comes while it is, and the error behind it', async () => {
  const queue = new MessageQueue()
  queue.push(message('a'))
  const all = taken(queue)
  await new Promise(setImmediate)
  queue.push(message('b'))
  queue.end(new Error('broken'))
  expect(await all).toEqual(['a', 'b', 'Error: broken'])
})

test('keeps no more than a client can mean', async () => {
  const queue = new MessageQueue()
  for (let count = 0; count < 20_000; count++) queue.push(message('a'))
  const all = await taken(queue)
  expect([all.length, all.at(-1)]).toEqual([10_001, expect.stringContaining('More messages than can wait')])
})
