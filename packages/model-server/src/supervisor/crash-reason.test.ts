import { expect, test } from 'vitest'
import { crashReason, OutputTail } from './crash-reason.ts'

const check = 'F0000 00:00:1732167722.123456    4711 tensor_shape.cc:45] Check failed: NDIMS == dims()'
const oldCheck = '2026-01-01 00:00:00.000000: F tensorflow/core/framework/tensor.cc:45] Check failed: x'

test.each([
  [
    'a failed check',
    { code: null, signal: 'SIGABRT' },
    `I0000 start\n${check}\n*** stack\n`,
    `SIGABRT: ${check}`,
  ],
  ['an older failed check', { code: null, signal: 'SIGABRT' }, `${oldCheck}\n`, `SIGABRT: ${oldCheck}`],
  ['the last of several', { code: 134, signal: null }, `F0001 a\nF0001 b\n`, 'exit code 134: F0001 b'],
  ['no word', { code: null, signal: 'SIGSEGV' }, 'loaded\n', 'SIGSEGV'],
  ['nothing at all', { code: 3, signal: null }, '', 'exit code 3'],
] as const)('%s', (_situation, end, output, reason) => {
  expect(crashReason(end, output)).toBe(reason)
})

test('keeps only the last of much output', () => {
  const tail = new OutputTail()
  for (const size of [3, 8000, 8000, 100_000]) tail.add(Buffer.alloc(size, 'a'))
  tail.add(Buffer.from(check))
  expect([tail.text.length, tail.text.endsWith(check)]).toEqual([8192, true])
})
