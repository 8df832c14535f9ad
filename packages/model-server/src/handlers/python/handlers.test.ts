import { expect, test } from 'vitest'
import {
  type PlainCodeOptions,
  type PlainCodeServer,
  startPlainCodeServer,
} from '../../testing/plain-code-server.ts'

const start = (script: string, more: Omit<PlainCodeOptions, 'files'> = {}): Promise<PlainCodeServer> =>
  startPlainCodeServer({ files: { 'inference.py': script }, ...more })

interface Sent {
  readonly type?: string
  readonly accept?: string
  readonly attributes?: string
  readonly method?: string
}

async function invoke(server: PlainCodeServer, body = '', { type, accept, attributes, method }: Sent = {}) {
  const headers = {
    'content-type': type ?? 'application/json',
    ...(accept !== undefined && { accept }),
    ...(attributes !== undefined && { 'x-amzn-sagemaker-custom-attributes': attributes }),
  }
  const post = { method: method ?? 'POST', headers, ...(method === undefined && { body }) }
  const response = await fetch(`${server.url}/invocations`, post)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** Behaves as the request's body says. */
const obedient = `
import os, sys, time

def handler(data, context):
    word = data.read().decode()
    if word == "raise":
        raise ValueError("no such thing")
    if word == "exit":
        sys.exit("enough")
    if word == "vanish":
        os._exit(3)
    if word == "hang":
        while True:
            time.sleep(0.01)
    if word.startswith("sleep"):
        time.sleep(float(word[5:]))
    return word.upper(), "text/plain"
`

const pair = `
import json

def input_handler(data, context):
    return json.dumps({"instances": [float(x) for x in data.read().decode().split(",")]})

def output_handler(response, context):
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    return response.content, context.accept_header
`

test('input_handler and output_handler stand around the model', async () => {
  await using server = await start(pair)
  const answer = await invoke(server, '1.0,2.0,5.0', { type: 'text/csv', accept: 'application/json' })
  expect(JSON.parse(answer.text)).toEqual({ predictions: [2.5, 3, 4.5] })
  expect(answer).toMatchObject({ status: 200, type: 'application/json' })
})
test('obeys', async () => {
  await using server = await start(obedient)
  expect(await invoke(server, 'abc')).toEqual({ status: 200, type: 'text/plain', text: 'ABC' })
  expect(await invoke(server, 'raise')).toEqual({
    status: 500,
    type: 'application/json',
    text: '{"error": "no such thing"}',
  })
  await Promise.all([invoke(server, 'vanish'), invoke(server, 'x'), invoke(server, 'y')])
  expect(await invoke(server, 'abc')).toEqual({ status: 200, type: 'text/plain', text: 'ABC' })
})
