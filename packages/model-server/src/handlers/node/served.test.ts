import { expect, test } from 'vitest'
import { startPlainCodeServer } from '../../testing/plain-code-server.ts'

const script = `import type { Handler } from '@sagebrush/model-server/handlers'
export const handler: Handler = async (data, context) => {
  const asked = await context.callModel(data)
  const posted = await fetch(context.restUri, { method: 'POST', body: data })
  return [{ asked: asked.json(), posted: await posted.json(), name: context.modelName ?? '' }, 'application/json']
}`

test('inference.ts stands behind /invocations, and reaches the model by both ways', async () => {
  await using server = await startPlainCodeServer({ files: { 'inference.ts': script } })
  const headers = { 'x-amzn-sagemaker-custom-attributes': 'tfs-model-name=half' }
  const request = { method: 'POST', headers, body: '{"instances": [1.0, 2.0, 5.0]}' }
  const response = await fetch(`${server.url}/invocations`, request)
  const answer = { predictions: [2.5, 3, 4.5] }
  expect(await response.json()).toEqual({ asked: answer, posted: answer, name: 'half' })
  expect((await fetch(`${server.url}/ping`)).status).toBe(200)
})

test('a server whose inference.ts cannot start says why', async () => {
  const server = startPlainCodeServer({ files: { 'inference.ts': 'export const handler = 3' } })
  await expect(server).rejects.toThrow('code/inference.ts: TypeError: it must export the function handler')
})
