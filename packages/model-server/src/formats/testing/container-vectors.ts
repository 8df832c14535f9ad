import type { ContainerLevel } from '../container-rules.ts'

/** A request, and what the container makes of it: the text that it posts to TensorFlow Serving, or its own answer. */
export interface ContainerVector {
  readonly name: string
  readonly contentType: string | undefined
  readonly body: string | undefined
  readonly expected: Readonly<Record<ContainerLevel, string | OwnAnswer>>
}

export interface OwnAnswer {
  readonly status: number
  /** Absent where the body is a page of its web server. */
  readonly body?: string
}

type Row = readonly [
  name: string,
  contentType: string | undefined,
  body: string | undefined,
  level219: string | OwnAnswer,
  level220?: string | OwnAnswer,
]

/**
 * What the container does without user code, bugs included; the second column only where the levels differ.
 * Source: SageMaker TensorFlow Serving container, tensorflowServing.js of both generations, run on these requests.
 */
const rows: readonly Row[] = [
  [
    'json obj instances',
    'application/json',
    '{"instances": [1.0, 2.0, 5.0]}',
    '{"instances": [1.0, 2.0, 5.0]}',
  ],
  ['json obj inputs', 'application/json', '{"inputs": {"x":[1]}}', '{"inputs": {"x":[1]}}'],
  [
    'json only signature_name',
    'application/json',
    '{"signature_name":"s","x":[1]}',
    '{"instances":[{"signature_name":"s","x":[1]}]}',
  ],
  ['json examples', 'application/json', '{"examples":[{"x":1}]}', '{"examples":[{"x":1}]}'],
  ['instances in string', 'application/json', '["\\"instances\\":"]', '{"instances":[["\\"instances\\":"]]}'],
  ['single-quoted', 'application/json', "{'instances': [1]}", '{"instances":[{\'instances\': [1]}]}'],
  ['2-D array', 'application/json', '[[1.0, 2.0], [3.0, 4.0]]', '{"instances":[[1.0, 2.0], [3.0, 4.0]]}'],
  ['2-D array no space', 'application/json', '[[1,2],[3,4]]', '{"instances":[[1,2],[3,4]]}'],
  ['3-D array 2 rows', 'application/json', '[[[1,2]],[[3,4]]]', '{"instances":[[[1,2]],[[3,4]]]}'],
  [
    '2-D multi-line pretty',
    'application/json',
    '[\n [1,2],\n [3,4]\n]',
    '{"instances":[\n [1,2],\n [3,4]\n]}',
  ],
  ['string scalar', 'application/json', '"abc"', '{"instances":["abc"]}'],
  ['object', 'application/json', '{"x": [1,2]}', '{"instances":[{"x": [1,2]}]}'],
  ['array of strings w brackets', 'application/json', '["]["]', '{"instances":["]["]}'],
  ['string with }{', 'application/json', '["a}{b"]', '{"instances":["a}{b"]}'],
  [
    'jsonlines arrays trailing nl',
    'application/jsonlines',
    '[1.0, 2.0]\n[3.0, 4.0]\n',
    '{"instances":[[1.0, 2.0],[3.0, 4.0]]}',
  ],
  [
    'jsonlines CRLF',
    'application/jsonlines',
    '[1.0, 2.0]\r\n[3.0, 4.0]',
    '{"instances":[[1.0, 2.0],[3.0, 4.0]]}',
  ],
  ['jsonlines objects', 'application/jsonlines', '{"x":1}\n{"x":2}', '{"instances":[{"x":1},{"x":2}]}'],
  ['concat objects no newline', 'application/json', '{"x":1}{"x":2}', '{"instances":{"x":1}{"x":2}}'],
  ['concat arrays', 'application/json', '[1,2][3,4]', '{"instances":[1,2][3,4]}'],
  ['jsonlines single line array', 'application/jsonlines', '[1,2,3]', '{"instances":[[1,2,3]]}'],
  ['jsonlines scalars', 'application/jsonlines', '1.0\n2.0', '{"instances":[1.0\n2.0]}'],
  [
    'jsonlines instances per line',
    'application/jsonlines',
    '{"instances":[1]}\n{"instances":[2]}',
    '{"instances":[1]}\n{"instances":[2]}',
  ],
  ['whatever', 'application/json', 'whatever', '{"instances":[whatever]}'],
  ['junk obj', 'application/json', '{"junk":"data"}', '{"instances":[{"junk":"data"}]}'],
  ['whitespace', 'application/json', '  ', '{"instances":[  ]}'],
  ['csv one', 'text/csv', '1.0', '{"instances":[1.0]}'],
  ['csv 2rows', 'text/csv', '1.0,2.0\n3.0,4.0', '{"instances":[[1.0,2.0],[3.0,4.0]]}'],
  ['csv 2rows trailing nl', 'text/csv', '1.0,2.0\n3.0,4.0\n', '{"instances":[[1.0,2.0],[3.0,4.0]]}'],
  [
    'csv spaces',
    'text/csv',
    '1.0, 2.0, 5.0',
    '{"instances":[[1.0, 2.0, 5.0]]}',
    '{"instances":[[1.0,2.0,5.0]]}',
  ],
  ['csv blank middle', 'text/csv', '1,2\n\n3,4', '{"instances":[[1,2],[3,4]]}'],
  ['csv quoted strings', 'text/csv', '"a","b"', '{"instances":[["a","b"]]}'],
  [
    'csv unquoted strings',
    'text/csv',
    'a,b,c',
    '{"instances":[["a","b,c"]]}',
    '{"instances":[["a","b","c"]]}',
  ],
  [
    'csv mixed first string',
    'text/csv',
    'iris,0.5,1.0,1.5',
    '{"instances":[["iris","0.5,1.0,1.5"]]}',
    '{"instances":[["iris",0.5,1.0,1.5]]}',
  ],
  [
    'csv mixed first num',
    'text/csv',
    '1.0,hello,3',
    '{"instances":[[1.0,hello,3]]}',
    '{"instances":[[1.0,"hello",3]]}',
  ],
  [
    'csv quoted comma single',
    'text/csv',
    '"hello, world"',
    '{"instances":[["hello, world"]]}',
    '{"instances":["hello, world"]}',
  ],
  [
    'csv embedded quote unq',
    'text/csv',
    'he said "hi",b',
    '{"instances":[["he said \\"hi"","b"]]}',
    '{"instances":[["he said hi","b"]]}',
  ],
  [
    'csv header',
    'text/csv',
    'x,y\n1,2',
    '{"instances":[["x","y"],["1","2"]]}',
    '{"instances":[["x","y"],[1,2]]}',
  ],
  [
    'csv neg/exp',
    'text/csv',
    '-1.5,+2,1e-3,.5,1.,007,NaN,inf',
    '{"instances":[[-1.5,+2,1e-3,.5,1.,007,NaN,inf]]}',
    '{"instances":[[-1.5,"+2",1e-3,".5","1.","007","NaN","inf"]]}',
  ],
  [
    'csv starts with e',
    'text/csv',
    'east,west',
    '{"instances":[[east,west]]}',
    '{"instances":[["east","west"]]}',
  ],
  ['csv starts with dash', 'text/csv', '-abc,1', '{"instances":[[-abc,1]]}', '{"instances":[["-abc",1]]}'],
  ['csv trailing comma', 'text/csv', '1,2,', '{"instances":[[1,2,]]}', '{"instances":[[1,2,""]]}'],
  ['csv leading comma', 'text/csv', ',1,2', '{"instances":[["","1,2"]]}', '{"instances":[["",1,2]]}'],
  ['csv backslash', 'text/csv', 'a\\b,c', '{"instances":[["a\\b","c"]]}', '{"instances":[["a\\\\b","c"]]}'],
  ['csv ctrl char', 'text/csv', '"a\tb",c', '{"instances":[["a\tb",c]]}', '{"instances":[["a\tb","c"]]}'],
  ['csv CRLF', 'text/csv', '1,2\r\n3,4\r\n', '{"instances":[[1,2],[3,4]]}'],
  ['csv empty', 'text/csv', undefined, { status: 500 }],
  [
    'npy',
    'application/x-npy',
    'x',
    { status: 415, body: '{"error": "Unsupported Media Type: application/x-npy"}' },
    { status: 415, body: '{"error":"Unsupported Media Type: application/x-npy"}' },
  ],
  [
    'octet',
    'application/octet-stream',
    'x',
    { status: 415, body: '{"error": "Unsupported Media Type: application/octet-stream"}' },
    { status: 415, body: '{"error":"Unsupported Media Type: application/octet-stream"}' },
  ],
  [
    'JSON upper',
    'Application/JSON',
    '[1]',
    { status: 415, body: '{"error": "Unsupported Media Type: Application/JSON"}' },
    '{"instances":[[1]]}',
  ],
  [
    'no ct',
    undefined,
    '[1]',
    { status: 415, body: '{"error": "Unsupported Media Type: Unknown"}' },
    { status: 415, body: '{"error":"Unsupported Media Type: Unknown"}' },
  ],
]

export const containerVectors: readonly ContainerVector[] = rows.map(
  ([name, contentType, body, level219, level220 = level219]) => ({
    name,
    contentType,
    body,
    expected: { '2.19': level219, '2.20': level220 },
  }),
)
