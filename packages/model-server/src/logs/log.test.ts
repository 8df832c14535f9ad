import { describe, expect, test } from 'vitest'
import { ProtobufError } from '../formats/protobuf.ts'
import { createManager } from '../lifecycle/manager.ts'
import { StatusError } from '../status.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { createLog, type LogFormat, writtenByTurn } from './log.ts'
import { logFailure } from './log-failure.ts'
import { loggedLoader } from './logged-loader.ts'

function logTo(format: LogFormat) {
  const lines: string[] = []
  return { lines, log: createLog({ format, write: (line) => void lines.push(line), nowMillis: () => 0 }) }
}

test.each([
  ['text', 'sagebrush-model-server: it ended signal=SIGABRT why="a b" text="x\\ny" count=3\n'],
  [
    'json',
    '{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"it ended","signal":"SIGABRT","why":"a b","text":"x\\ny","count":3}\n',
  ],
] as const)('%s: one line for each event', (format, line) => {
  const { log, lines } = logTo(format)
  log.error('it ended', { signal: 'SIGABRT', why: 'a b', text: 'x\ny', count: 3, absent: undefined })
  expect(lines).toEqual([line])
})

test('lines of one turn are written together', async () => {
  const written: string[] = []
  const write = writtenByTurn((text) => void written.push(text))
  write('a\n')
  write('b\n')
  await new Promise((resolve) => setImmediate(resolve))
  write('c\n')
  await new Promise((resolve) => setImmediate(resolve))
  expect(written).toEqual(['a\nb\n', 'c\n'])
})

describe('versions', () => {
  const without = (line: string): string => line.replace(/ millis=\d+/, '')

  test('are told of when they come and go', async () => {
    const { log, lines } = logTo('text')
    const manager = createManager()
    await manager.load([loggedLoader(plainLoader('m', 3), log)])
    await manager[Symbol.asyncDispose]()
    expect(lines.map(without)).toEqual([
      'sagebrush-model-server: loaded model=m version=3\n',
      'sagebrush-model-server: unloaded model=m version=3\n',
    ])
  })

  test('that cannot be loaded are told of with the reason', async () => {
    const { log, lines } = logTo('text')
    const load = () => Promise.reject(new StatusError('NOT_FOUND', 'no such file'))
    await loggedLoader({ id: { model: 'm', version: 1 }, load }, log)
      .load()
      .catch(() => undefined)
    expect(lines.map(without)).toEqual([
      'sagebrush-model-server: not loaded model=m version=1 code=NOT_FOUND reason="no such file"\n',
    ])
  })
})

test.each([
  ['a mistake of the server', new StatusError('INTERNAL', 'Internal error', { cause: new Error('why') }), 1],
  ['what TensorFlow says itself', new StatusError('INTERNAL', 'op failed'), 0],
  ['a message that cannot be read', new StatusError('INTERNAL', 'x', { cause: new ProtobufError('x') }), 0],
  ["a client's mistake", new StatusError('INVALID_ARGUMENT', 'x', { cause: new Error('x') }), 0],
])('%s is logged or not', (_situation, error, count) => {
  const { log, lines } = logTo('json')
  logFailure(log, 'm', error)
  expect(lines).toHaveLength(count)
})
