import { describe, expect, test } from 'vitest'
import { invoke } from '../../testing/invoke.ts'
import { startPlainCodeServer } from '../../testing/plain-code-server.ts'

const lone = 'def input_handler(data, context):\n    pass\n'

describe('a script that cannot serve says why', () => {
  test.each([
    ['a syntax error', 'def handler(:\n', 'SyntaxError: .* \\(inference\\.py, line 1\\)'],
    ['an error while it is imported', 'import nowhere', "ModuleNotFoundError: No module named 'nowhere'"],
    [
      'neither function',
      'x = 1',
      'Handlers are not implemented correctly in user script: inference.py must have .* it has neither$',
    ],
    ['one function alone', lone, 'Handlers are not implemented correctly .*; it has input_handler$'],
    ['an end', 'import os; os._exit(7)', 'the process ended with exit code 7 while it was imported'],
    ['an exit', 'import sys; sys.exit("no licence")', 'SystemExit: no licence'],
  ])('%s', async (_situation, script, reason) => {
    const started = startPlainCodeServer({ files: { 'inference.py': script } })
    await expect(started).rejects.toMatchObject({
      name: 'UserCodeError',
      message: expect.stringMatching(new RegExp(`^inference\\.py cannot be used: ${reason}`)),
    })
  })

  test('no Python', async () => {
    const preparePython = async () => ({ executable: '/nowhere/python', variables: {} })
    const started = startPlainCodeServer({ files: { 'inference.py': lone }, preparePython })
    await expect(started).rejects.toThrow('could not be started: spawn /nowhere/python ENOENT')
  })
})

test('a script that can be imported but once answers with the reason from then on, and comes back', async () => {
  const script = `
import os
if os.path.exists("started") and not os.path.exists("healed"):
    raise RuntimeError("only once")
open("started", "w")

def handler(data, context):
    word = data.read().decode()
    if word == "vanish":
        os._exit(1)
    return word, "text/plain"
`
  await using server = await startPlainCodeServer({ files: { 'inference.py': script } })
  expect(await invoke(server, 'vanish')).toMatchObject({ status: 502 })
  const answer = await invoke(server, 'word')
  expect(answer).toMatchObject({ status: 502, text: expect.stringContaining('RuntimeError: only once') })
  expect(server.output()).toContain('inference.py cannot be started again: RuntimeError: only once')
})

describe('packages without a script', () => {
  const files = { 'lib/package.py': '' }

  test.each([
    ['application/json', '[1.0, 2.0]', { predictions: [[2.5, 3]] }],
    ['text/csv', '1.0\n2.0', { predictions: [2.5, 3] }],
    ['text/plain', 'whatever', { error: expect.stringContaining('Invalid value') }],
    ['application/json', '', { error: expect.any(String) }],
  ])('have the model answer %s with 200, unless a newer level is asked for', async (type, body, value) => {
    await using server = await startPlainCodeServer({ files })
    const { status, text } = await invoke(server, body, { type })
    expect([status, JSON.parse(text)]).toEqual([200, value])
  })

  test('have the body go to the model as it is where strict', async () => {
    await using server = await startPlainCodeServer({ files, isStrict: true })
    const csv = await invoke(server, '1.0,2.0\n3.0,4.0', { type: 'text/csv', accept: 'a/b' })
    expect(csv).toMatchObject({ status: 200, type: 'a/b', text: expect.stringContaining('error') })
    const envelope = await invoke(server, '{"instances": [1.0]}')
    expect(JSON.parse(envelope.text)).toEqual({ predictions: [2.5] })
  })

  test("pass the model's status on from level 2.20 on", async () => {
    await using server = await startPlainCodeServer({ files, level: '2.20', isStrict: true })
    const { status, text } = await invoke(server, 'whatever')
    expect([status, JSON.parse(text)]).toEqual([
      400,
      { title: '400 Bad Request', description: expect.stringContaining('Invalid value') },
    ])
    expect(await invoke(server, 'x', { type: 'image/png' })).toMatchObject({
      status: 415,
      text: '{"error":"Unsupported Media Type: image/png"}',
    })
  })
})
