import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mustWake, newReplyRing, type Reply, readReplies, writeReply } from './reply-ring.ts'

const reply = (step: number, body = '', more: Partial<Reply> = {}): Reply => ({
  kind: 'answer',
  step,
  number: 0,
  text: '',
  ...more,
  body: Buffer.from(body),
})
const write = (ring: ReturnType<typeof newReplyRing>, one: Reply): boolean => writeReply(ring, one, one.body)

test('what is written is read, in order and once', () => {
  const ring = newReplyRing(1024)
  const replies = [
    reply(1, 'one'),
    reply(2, 'zwölf', { kind: 'thrown', number: 418, text: 'zu spät ☕' }),
    reply(3, '', { kind: 'ask', number: 7 }),
    reply(4, 'four', { kind: 'input' }),
  ]
  for (const one of replies) expect(write(ring, one)).toBe(true)
  expect([...readReplies(ring)]).toEqual(replies)
  expect([...readReplies(ring)]).toEqual([])
})

test('text is written as UTF-8', () => {
  const ring = newReplyRing(256)
  writeReply(ring, { kind: 'answer', step: 1, number: 0, text: 'text/plain' }, 'Äther')
  expect([...readReplies(ring)].map(({ body }) => Buffer.from(body).toString())).toEqual(['Äther'])
})

test('what is read stays, whatever is written later', () => {
  const ring = newReplyRing(64)
  write(ring, reply(1, 'a'.repeat(20)))
  const [first] = [...readReplies(ring)]
  for (const letter of 'bcd') {
    expect(write(ring, reply(2, letter.repeat(20)))).toBe(true)
    expect([...readReplies(ring)]).toHaveLength(1)
  }
  expect(first && Buffer.from(first.body).toString()).toBe('a'.repeat(20))
})

test('nothing is written where there is no room', () => {
  const ring = newReplyRing(64)
  expect(write(ring, reply(1, 'x'.repeat(100)))).toBe(false)
  expect(write(ring, reply(2, 'x'.repeat(40)))).toBe(true)
  expect(write(ring, reply(3))).toBe(false)
  expect([...readReplies(ring)].map(({ step }) => step)).toEqual([2])
  expect(write(ring, reply(4))).toBe(true)
})

test('the reader is woken once until it has looked', () => {
  const ring = newReplyRing(256)
  expect([mustWake(ring), mustWake(ring)]).toEqual([true, false])
  expect([...readReplies(ring)]).toEqual([])
  expect(mustWake(ring)).toBe(true)
})

test('any replies come through, also where their count passes 2³²', () => {
  const bodies = fc.array(
    fc.tuple(fc.uint8Array({ maxLength: 90 }), fc.string({ maxLength: 12 }), fc.boolean()),
  )
  fc.assert(
    fc.property(bodies, fc.constantFrom(0, -64, 2 ** 31 - 64), (all, start) => {
      const ring = newReplyRing(256)
      for (const position of [0, 1]) Atomics.store(ring.positions, position, start)
      const sent: Reply[] = []
      const seen: Reply[] = []
      for (const [step, [body, text, isRead]] of all.entries()) {
        const one: Reply = {
          kind: 'input',
          step,
          number: step,
          text,
          body: Buffer.from(body),
        }
        if (write(ring, one)) sent.push(one)
        if (isRead) seen.push(...readReplies(ring))
      }
      seen.push(...readReplies(ring))
      expect(seen).toEqual(sent)
    }),
  )
})
