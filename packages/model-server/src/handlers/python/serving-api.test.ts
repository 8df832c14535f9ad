import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { needsServingApi } from './serving-api.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-code-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const stub = 'from tensorflow_serving.apis import predict_pb2'

test.each([
  [{ 'inference.py': stub }, true],
  [{ 'inference.py': 'import deep.down', 'deep/down.py': stub }, true],
  [{ 'inference.py': 'import requests', 'notes.txt': stub }, false],
  [{ 'inference.py': stub, 'lib/tensorflow_serving/__init__.py': '' }, false],
  [{}, false],
])('%j needs tensorflow-serving-api: %s', async (files, expected) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  expect(await needsServingApi(directory)).toBe(expected)
})
