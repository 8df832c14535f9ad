import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NodeCode, startNodeCode } from '../../testing/node-code.ts'

/** Does what the body says. */
const obedient = `
import type { Handler } from '@sagebrush/model-server/handlers'
import { HandlerError } from '@sagebrush/model-server/handlers'

let count = 0
const kept: number[][] = []
export const handler: Handler = async (data, context) => {
  count++
  const [word, rest] = data.text().split(' ')
  if (word === 'throw') throw new Error('no such thing')
  if (word === 'reject') throw 'plain text'
  if (word === 'refuse') throw new HandlerError(415, 'only text')
  if (word === 'odd') throw Object.assign(new Error('odd'), { statusCode: 'x' })
  if (word === 'exit') process.exit(3)
  if (word === 'hang') for (;;);
  if (word === 'never') await new Promise(() => {})
  if (word === 'grow') for (;;) kept.push(new Array(100_000).fill(1.5))
  if (word === 'crash') setTimeout(() => { throw new Error('from a timer') })
  if (word === 'crash') await new Promise(() => {})
  if (word === 'stray') void Promise.reject(new Error('nobody waits'))
  if (word === 'print') console.log('line one\\nline two')
  if (word === 'alone') return 'text' as never
  if (word === 'nothing') return [undefined as never, 'text/plain']
  if (word === 'header') return ['x', 'text/plain\\r\\nx: y']
  if (word === 'count') return [String(count), 'text/plain']
  if (word === 'context') return [{ ...context, callModel: undefined } as never, 'application/json']
  if (word === 'ask') {
    const [first, second] = await Promise.all([context.callModel({ a: 1 }), context.callModel('b')])
    return [[first.json(), second.text(), first.statusCode, first.headers['content-type'] ?? ''], 'application/json']
  }
  return [data.toString().toUpperCase(), 'text/plain']
}
`

const start = (files: Record<string, string> | string, more: Parameters<typeof startNodeCode>[1] = {}) =>
  startNodeCode(typeof files === 'string' ? { 'inference.ts': files } : files, more)

describe('a single handler', () => {
  let code: NodeCode
  beforeAll(async () => {
    code = await start(obedient)
  })
  afterAll(() => code[Symbol.asyncDispose]())

  test('answers, and is told the context', async () => {
    expect(await code.ask('abc')).toEqual({ status: 200, type: 'text/plain', text: 'ABC' })
    const context = {
      modelName: 'm',
      modelVersion: '5',
      method: 'regress',
      customAttributes: 'a=b',
      contentLength: 7,
    }
    const told = JSON.parse((await code.ask('context', { context })).text)
    expect(told).toEqual({
      ...context,
      restUri: 'http://localhost:8501/v1/models/half:predict',
      grpcPort: 9000,
      requestContentType: 'application/json',
      acceptHeader: 'application/json',
    })
  })

  test('asks the model itself, several times at once', async () => {
    expect(JSON.parse((await code.ask('ask')).text)).toEqual([{ a: 1 }, 'b', 200, 'application/json'])
  })

  test.each([
    ['an error', 'throw', 500, 'no such thing'],
    ['something else', 'reject', 500, 'plain text'],
    ['an error with a status', 'refuse', 415, 'only text'],
    ['an error with an odd status', 'odd', 500, 'odd'],
    ['no pair', 'alone', 500, 'handler must return [body, contentType]'],
    ['no body', 'nothing', 500, 'handler gave no body: it must be text, bytes or a JSON value'],
    [
      'no header',
      'header',
      500,
      'handler must return [body, contentType], where contentType can be a header',
    ],
  ])('that gives %s is answered for', async (_case, body, status, error) => {
    expect(await code.ask(body)).toEqual({
      status,
      type: 'application/json',
      text: JSON.stringify({ error }),
    })
  })

  test('writes to the log, errors with the line of the script', async () => {
    await code.ask('print')
    await code.ask('throw')
    await code.ask('stray')
    await expect.poll(() => code.logged).toEqual(expect.arrayContaining(['line one', 'line two']))
    await expect.poll(() => code.logged.join('\n')).toMatch(/Error: no such thing\n.*inference\.ts:10:\d+/)
    await expect.poll(() => code.logged.join('\n')).toContain('Error: nobody waits')
    expect(code.logged.join('\n')).not.toContain('handlers/node/thread')
  })
})

describe.concurrent('a thread that is brought down or held', () => {
  const brief = { handlerSeconds: 2 }
  test.each([
    ['exits', 'exit', 'The thread that ran code/inference.ts ended by process.exit(3)'],
    ['crashes', 'crash', 'The thread that ran code/inference.ts ended by an error: from a timer'],
    ['hangs', 'hang', 'code/inference.ts took longer than 2 s (SAGEMAKER_GUNICORN_TIMEOUT_SECONDS)'],
    ['never settles', 'never', 'code/inference.ts took longer than 2 s (SAGEMAKER_GUNICORN_TIMEOUT_SECONDS)'],
  ])('where a handler %s, is replaced, and the others are answered', async (_case, body, error) => {
    await using code = await start(obedient, brief)
    const [before, bad, ...after] = await Promise.all(['a', body, 'b', 'c'].map((word) => code.ask(word)))
    expect(bad).toEqual({ status: 502, type: 'application/json', text: JSON.stringify({ error }) })
    expect([before, ...after].map((answer) => answer?.text)).toEqual(['A', 'B', 'C'])
    expect((await code.ask('d')).text).toBe('D')
    expect((await code.ask('count')).text).not.toBe('6')
  })

  test('is ended with the server, also where a handler hangs', async () => {
    const code = await start(obedient)
    const hanging = code.ask('hang')
    await code[Symbol.asyncDispose]()
    expect((await hanging).text).toBe(
      '{"error":"The thread that ran code/inference.ts ended with the server"}',
    )
  })
})

const pair = `
export function inputHandler(data, context) {
  const instances = data.toString().split(',').map(Number)
  context.started = instances.length
  return { instances }
}
export async function outputHandler(response, context) {
  if (response.statusCode !== 200) throw new Error(response.text())
  return [\`\${context.started} \${response.text()}\`, context.acceptHeader]
}
`

describe('inputHandler and outputHandler', () => {
  test('stand around the model, and share one context', async () => {
    await using code = await start({ 'inference.mjs': pair })
    const answers = await Promise.all(['1,2', '3', '4,5,6'].map((body) => code.ask(body)))
    expect(answers.map(({ text }) => text)).toEqual([
      '2 {"instances":[1,2]}',
      '1 {"instances":[3]}',
      '3 {"instances":[4,5,6]}',
    ])
  })

  test('see what the model refuses at level 2.19', async () => {
    await using code = await start({ 'inference.js': pair })
    const model = () => ({ status: 400, text: '{"error":"bad"}' })
    expect(await code.ask('1', { model })).toMatchObject({
      status: 500,
      text: '{"error":"{\\"error\\":\\"bad\\"}"}',
    })
  })

  test('do not see it at level 2.20', async () => {
    await using code = await start({ 'inference.js': pair }, { rules: { level: '2.20', isStrict: false } })
    const model = () => ({ status: 400, text: '{"error":"bad"}' })
    const text = '{"title": "400 Bad Request", "description": "{\\"error\\":\\"bad\\"}"}'
    expect(await code.ask('1', { model })).toMatchObject({ status: 400, text })
    expect(await code.ask('1,2')).toMatchObject({ status: 200 })
  })

  test('take and give large bodies', async () => {
    const echo = `export const inputHandler = (data) => data
export const outputHandler = ({ content }) => [content, 'application/octet-stream']`
    await using code = await start({ 'inference.ts': echo })
    const large = Buffer.alloc(3 * 2 ** 20, 'large ')
    const text = large.toString()
    expect((await code.ask(large)).text === text).toBe(true)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => code.ask(`${index}`.repeat(50_000))),
    )
    expect(
      answers.map((answer) => answer.text === `${answers.indexOf(answer)}`.repeat(50_000)),
    ).not.toContain(false)
  })
})

test.each([
  [
    'TypeScript with what is more than types',
    {
      'inference.ts': `enum Kind { A = 'a' }
class Box { constructor(private readonly kind: Kind) {} get text() { return this.kind } }
export const handler = () => [new Box(Kind.A).text, 'text/plain']`,
    },
  ],
  ['a CommonJS script', { 'inference.js': `exports.handler = () => ['a', 'text/plain']` }],
  [
    'a script of a CommonJS package',
    {
      'package.json': '{"type": "commonjs"}',
      'inference.js': `module.exports = { handler: () => [require('./rows').a, 'text/plain'] }`,
      'rows.js': `exports.a = 'a'`,
    },
  ],
  [
    'modules beside it, however they are written',
    {
      'inference.ts': `import { a } from './one'
import { b } from './two.js'
import { c } from './three.ts'
import four from './four'
export const handler = () => [a + b + c + four === 'nnnn' ? 'a' : 'b', 'text/plain']`,
      'one.ts': `export const a: string = 'n'`,
      'two.ts': `export const b = 'n' as const`,
      'three.ts': `export const c = <string>'n'`,
      'four/index.ts': `export default 'n'`,
    },
  ],
  [
    'names as in Python',
    {
      'inference.ts': `export const input_handler = () => '"a"'
export const output_handler = (response) => [response.json(), 'text/plain']`,
    },
  ],
  [
    'packages that came along',
    {
      'inference.mts': `import a from 'a-package'
export const handler = () => [a, 'text/plain']`,
      'package.json': '{"dependencies": {"a-package": "1.0.0"}}',
      'node_modules/a-package/package.json': '{"main": "main.js"}',
      'node_modules/a-package/main.js': `module.exports = 'a'`,
    },
  ],
])('runs %s', async (_case, files) => {
  await using code = await start(files as Record<string, string>)
  expect(await code.ask('')).toEqual({ status: 200, type: 'text/plain', text: 'a' })
})

test.each([
  [
    'a syntax error',
    'let x: = 3\n',
    /^code\/inference\.ts: SyntaxError: inference\.ts:1:8: Unexpected token/,
  ],
  ['half a pair', 'export const inputHandler = () => ""', /outputHandler missing$/],
  [
    'an error of its own',
    '\n\nthrow new RangeError("no model here")',
    /^code\/inference\.ts: RangeError: no model here \(inference\.ts:3:7\)$/,
  ],
  ['a package that is not there', 'import "gone-package"', /Cannot find package 'gone-package'/],
  ['an exit', 'process.exit(4)', /^code\/inference\.ts: ended by process\.exit\(4\)$/],
  [
    'an await without end',
    'await new Promise(() => {})',
    /^code\/inference\.ts: ended because a top-level await never settles$/,
  ],
])('says why a script with %s cannot start', async (_case, script, message) => {
  await expect(start(script)).rejects.toThrow(message)
})

test('several threads share the requests', async () => {
  const script = `import { threadId } from 'node:worker_threads'
export const handler = async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  return [String(threadId), 'text/plain']
}`
  await using code: NodeCode = await start(script, { workers: 2 })
  const answers = await Promise.all(Array.from({ length: 8 }, () => code.ask('')))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(2)
})
