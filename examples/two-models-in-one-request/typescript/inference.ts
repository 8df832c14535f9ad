/** Asks one model, and then the other about its answers, within one request. */
import type { Handler } from '@sagebrush/model-server/handlers'
import { HandlerError } from '@sagebrush/model-server/handlers'

export const handler: Handler = async (data, context) => {
  // The shortest way to the model that the request is for.
  const first = await context.callModel(data)
  if (first.statusCode !== 200) throw new HandlerError(first.statusCode, first.text())
  const { predictions } = first.json<{ predictions: number[] }>()
  // The address has the name of the model that the request is for.
  const address = context.restUri.replace('half_plus_two', 'half_plus_three')
  const body = JSON.stringify({ instances: predictions })
  const second = await fetch(address, { method: 'POST', body })
  if (!second.ok) throw new HandlerError(second.status, await second.text())
  return [await second.text(), 'application/json']
}
