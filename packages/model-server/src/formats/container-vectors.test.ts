import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainLoader } from '../testing/plain-servable.ts'
import { type PlainServer, startPlainServer } from '../testing/plain-server.ts'
import type { ContainerLevel } from './container-rules.ts'
import { servingJson } from './decode-body.ts'
import { parses } from './json/parsing/parse.ts'
import { containerVectors } from './testing/container-vectors.ts'

describe.each(['2.19', '2.20'] as const)('the strict container of level %s', (level) => {
  let server: PlainServer
  beforeAll(async () => {
    server = await startPlainServer([plainLoader('m', 1)], { isStrict: true, level })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each(containerVectors)('answers $name', async ({ contentType, body, expected }) => {
    const own = expected[level]
    const answer = await fetch(`${server.url}/invocations`, {
      method: 'POST',
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      ...(body !== undefined && { body: Buffer.from(body) }),
    })
    const text = await answer.text()
    if (typeof own === 'string') {
      expect(posted(contentType, body, level)).toBe(own)
      // What is posted is right or wrong in TensorFlow Serving's eyes, never a failure of the server.
      expect([200, 400]).toContain(answer.status)
      if (!parses(Buffer.from(own))) expect(text).toContain('JSON Parse error')
    } else {
      expect(answer.status).toBe(own.status)
      if (own.body !== undefined) expect(text).toBe(own.body)
    }
  })
})

function posted(contentType: string | undefined, body = '', level: ContainerLevel): string {
  const format = contentType === 'text/csv' ? 'csv' : 'container-json'
  const rules = { level, isStrict: true }
  return Buffer.from(servingJson({ format, body: Buffer.from(body), rules })).toString()
}
