import { expect, test } from 'vitest'
import { toServingJson } from './container-json.ts'

/** Source: request-transform vectors of the SageMaker TensorFlow Serving container, level 2.19 (Appendix A.1). */
test.each([
  ['an envelope with instances', '{"instances": [1.0, 2.0, 5.0]}', '{"instances": [1.0, 2.0, 5.0]}'],
  ['an envelope with inputs', '{"inputs": {"x":[1]}}', '{"inputs": {"x":[1]}}'],
  [
    'a signature name alone',
    '{"signature_name":"s","x":[1]}',
    '{"instances":[{"signature_name":"s","x":[1]}]}',
  ],
  ['examples', '{"examples":[{"x":1}]}', '{"examples":[{"x":1}]}'],
  ['a key inside a string', '["\\"instances\\":"]', '{"instances":[["\\"instances\\":"]]}'],
  ['single quotes', "{'instances': [1]}", '{"instances":[{\'instances\': [1]}]}'],
  ['rows', '[[1.0, 2.0], [3.0, 4.0]]', '{"instances":[[1.0, 2.0], [3.0, 4.0]]}'],
  ['rows without blanks', '[[1,2],[3,4]]', '{"instances":[[1,2],[3,4]]}'],
  ['rows of rows', '[[[1,2]],[[3,4]]]', '{"instances":[[[1,2]],[[3,4]]]}'],
  ['rows on lines', '[\n [1,2],\n [3,4]\n]', '{"instances":[\n [1,2],\n [3,4]\n]}'],
  ['a string', '"abc"', '{"instances":["abc"]}'],
  ['an object', '{"x": [1,2]}', '{"instances":[{"x": [1,2]}]}'],
  ['brackets inside a string', '["]["]', '{"instances":["]["]}'],
  ['braces inside a string', '["a}{b"]', '{"instances":["a}{b"]}'],
  ['lists on lines', '[1.0, 2.0]\n[3.0, 4.0]\n', '{"instances":[[1.0, 2.0],[3.0, 4.0]]}'],
  ['lists on CRLF lines', '[1.0, 2.0]\r\n[3.0, 4.0]', '{"instances":[[1.0, 2.0],[3.0, 4.0]]}'],
  ['objects on lines', '{"x":1}\n{"x":2}', '{"instances":[{"x":1},{"x":2}]}'],
  ['objects in one line', '{"x":1}{"x":2}', '{"instances":{"x":1}{"x":2}}'],
  ['lists in one line', '[1,2][3,4]', '{"instances":[1,2][3,4]}'],
  ['one list', '[1,2,3]', '{"instances":[[1,2,3]]}'],
  ['scalars on lines', '1.0\n2.0', '{"instances":[1.0\n2.0]}'],
  ['envelopes on lines', '{"instances":[1]}\n{"instances":[2]}', '{"instances":[1]}\n{"instances":[2]}'],
  ['a word', 'whatever', '{"instances":[whatever]}'],
  ['an unknown name', '{"junk":"data"}', '{"instances":[{"junk":"data"}]}'],
  ['blanks', '  ', '{"instances":[  ]}'],
  ['no body', '', '{"instances":[undefined]}'],
])('%s', (_situation, body, posted) => {
  expect(Buffer.from(toServingJson(Buffer.from(body))).toString()).toBe(posted)
})
