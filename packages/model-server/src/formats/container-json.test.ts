import { expect, test } from 'vitest'
import { toServingJson } from './container-json.ts'

/** Beside the container's own vectors. */
test.each([
  ['no body', '', '{"instances":[undefined]}'],
  ['blanks before a list of lists', ' \n[ [1]]', '{"instances": \n[ [1]]}'],
  ['a key with blanks before its colon', '{"inputs" \n: 1}', '{"inputs" \n: 1}'],
  ['a key inside an object', '{"x":{"instances":1}}', '{"x":{"instances":1}}'],
  ['blank lines', '[1]\n \r\n\n[2]\n', '{"instances":[[1],[2]]}'],
  ['blanks around lines', ' {"x":1} \n\t{"x":2}', '{"instances":[{"x":1},{"x":2}]}'],
  ['one line that looks like two', '["]["]', '{"instances":["]["]}'],
  ['one line that looks like two, as an object', '{"x":"} {"}', '{"instances":{"x":"} {"}}'],
  ['bytes that are no UTF-8', '["\x80"]\n["\xff"]', '{"instances":[["\x80"],["\xff"]]}'],
])('%s', (_situation, body, posted) => {
  expect(Buffer.from(toServingJson(Buffer.from(body, 'latin1'))).toString('latin1')).toBe(posted)
})
