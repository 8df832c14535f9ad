import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { invoke } from '../../testing/invoke.ts'
import { type PlainCodeServer, startPlainCodeServer } from '../../testing/plain-code-server.ts'

/** Does what the body says, or says what it got, from which process. */
const hostile = `
import os, sys, threading, time

leak = []

def handler(data, context):
    word, _, rest = data.read().decode().partition(" ")
    if word == "vanish":
        os._exit(3)
    if word == "stop":
        sys.exit("enough")
    if word == "kill":
        os.kill(os.getpid(), 9)
    if word == "hang":
        time.sleep(100)
    if word == "spin":
        while True:
            pass
    if word == "meet":
        meeting.wait(10)
    if word == "open":
        leak.append(open(os.devnull))
    if word == "leak":
        leak.append(bytearray(os.urandom(1)) * 60_000_000)
        return str(os.getpid()), "text/plain"
    if word == "shout":
        os.write(1, b"x" * 300_000)
        os.write(2, b"y" * 300_000)
        print("z" * 300_000)
    if word == "close":
        os.closerange(3, 100)
    return word, "text/plain"

#: Three requests at once.
meeting = threading.Barrier(3)
`
const files = { 'inference.py': hostile }
const seconds = { SAGEMAKER_GUNICORN_TIMEOUT_SECONDS: '1' }

let server: PlainCodeServer
let single: PlainCodeServer
beforeAll(async () => {
  server = await startPlainCodeServer({ files, variables: { ...seconds, SAGEMAKER_GUNICORN_WORKERS: '2' } })
  single = await startPlainCodeServer({
    files,
    variables: { ...seconds, SAGEMAKER_GUNICORN_WORKER_CLASS: 'sync' },
    isStrict: true,
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await single[Symbol.asyncDispose]()
})

const innocent = (to: PlainCodeServer, count: number) =>
  Promise.all(Array.from({ length: count }, (_none, index) => invoke(to, `word${index}`)))
const words = (count: number) =>
  Array.from({ length: count }, (_none, index) => ({ status: 200, type: 'text/plain', text: `word${index}` }))

describe('a handler that does harm gets an error, and nobody else does', () => {
  test.each([
    ['vanish', 'The process that ran inference.py ended with exit code 3'],
    ['kill', 'The process that ran inference.py was killed by SIGKILL'],
    ['stop', 'The process that ran inference.py was asked to end: SystemExit: enough'],
    ['spin', 'inference.py did not come to an end within 1 s (SAGEMAKER_GUNICORN_TIMEOUT_SECONDS)'],
  ])('%s', async (word, error) => {
    const [answer, ...others] = await Promise.all([invoke(server, word), innocent(server, 20)])
    expect([answer.status, answer.type, JSON.parse(answer.text)]).toEqual([
      502,
      'application/json',
      { error },
    ])
    expect(others).toEqual([words(20)])
    expect(await innocent(server, 5)).toEqual(words(5))
  })

  test('one at a time, with the page of the container', async () => {
    const [answer, others] = await Promise.all([invoke(single, 'hang'), innocent(single, 5)])
    expect(answer).toMatchObject({
      status: 502,
      type: 'text/html',
      text: expect.stringContaining('502 Bad Gateway'),
    })
    expect(others).toEqual(words(5))
  })

  test('when many end their processes at once', async () => {
    const [answers, others] = await Promise.all([
      Promise.all(Array.from({ length: 6 }, () => invoke(server, 'vanish'))),
      innocent(server, 20),
    ])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 502))
    expect(others).toEqual(words(20))
  })

  test.each(['shout', 'open', 'close'])('%s', async (word) => {
    expect(await invoke(server, word)).toMatchObject({ status: 200, text: word })
    expect(await innocent(server, 5)).toEqual(words(5))
  })
})

test('requests are handled at once where one alone would wait for the others', async () => {
  await using one = await startPlainCodeServer({ files })
  const answers = await Promise.all([1, 2, 3].map(() => invoke(one, 'meet')))
  expect(answers.map(({ text }) => text)).toEqual(['meet', 'meet', 'meet'])
})

test('a process that leaks is replaced', async () => {
  const variables = { ...seconds, SAGEBRUSH_HANDLER_MEMORY_MIB: '150' }
  await using one = await startPlainCodeServer({ files, variables })
  const first = await invoke(one, 'leak')
  await vi.waitFor(
    async () => {
      const later = await invoke(one, 'leak')
      expect(later.status).toBe(200)
      expect(later.text).not.toBe(first.text)
    },
    { timeout: 30_000, interval: 50 },
  )
  expect(one.output()).toMatch(/server: inference\.py holds \d+ MiB of memory; its process is replaced/)
})

test('an answer that takes too long is given up, and the next one is not', async () => {
  await using one = await startPlainCodeServer({
    files,
    variables: {
      SAGEMAKER_GUNICORN_WORKER_CLASS: 'sync',
      SAGEMAKER_GUNICORN_TIMEOUT_SECONDS: '2',
      SAGEMAKER_NGINX_PROXY_READ_TIMEOUT_SECONDS: '1',
    },
  })
  // The second waits behind the first until that is ended, and is then served by the next process.
  const [first, second] = await Promise.all([invoke(one, 'hang'), invoke(one, 'word')])
  expect([502, 504]).toContain(first.status)
  expect([200, 504]).toContain(second.status)
  expect(await invoke(one, 'word')).toMatchObject({ status: 200 })
})
