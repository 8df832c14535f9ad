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

test('while a script cannot be imported again, requests get the reason; then it is back', async () => {
  const script = `
with open("imports", "a+") as file:
    file.write("x")
    file.seek(0)
    if len(file.read()) == 2:
        raise RuntimeError("not twice")

def handler(data, context):
    import os
    word = data.read().decode()
    if word == "vanish":
        os._exit(1)
    return word, "text/plain"
`
  await using server = await startPlainCodeServer({ files: { 'inference.py': script } })
  const [lost, waiting] = await Promise.all([invoke(server, 'vanish'), invoke(server, 'vanish')])
  const texts = [lost, waiting].map(({ status, text }) => `${status} ${text}`)
  expect(texts).toContainEqual(expect.stringMatching(/^502 .*ended with exit code 1/))
  expect(texts).toContainEqual(
    expect.stringMatching(/^502 .*cannot be started again: RuntimeError: not twice/),
  )
  expect(await invoke(server, 'word')).toMatchObject({ status: 200, text: 'word' })
  expect(server.output()).toContain('inference.py cannot be started again: RuntimeError: not twice')
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
