/** Takes degrees Fahrenheit as CSV with a header, and answers with what the model says to them in degrees Celsius. */
import type { InputHandler, OutputHandler } from '@sagebrush/model-server/handlers'
import { HandlerError } from '@sagebrush/model-server/handlers'

export const inputHandler: InputHandler = (data, context) => {
  if (context.requestContentType !== 'text/csv') {
    throw new HandlerError(415, `unsupported content type ${context.requestContentType}`)
  }
  const [, ...rows] = data.text().split(/\s+/).filter(Boolean)
  const celsius = rows.map((row) => (Number(row) - 32) / 1.8)
  return { instances: celsius }
}

export const outputHandler: OutputHandler = (response) => {
  if (response.statusCode !== 200) throw new HandlerError(response.statusCode, response.text())
  const { predictions } = response.json<{ predictions: number[] }>()
  return [{ answers: predictions.map((value) => Math.round(value * 100) / 100) }, 'application/json']
}
