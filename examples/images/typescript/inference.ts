/** Hands the bytes of a picture to a model that takes them as a string. */
import type { InputHandler, OutputHandler } from '@sagebrush/model-server/handlers'
import { HandlerError } from '@sagebrush/model-server/handlers'

export const inputHandler: InputHandler = (data, context) => {
  if (context.requestContentType === 'application/x-image') {
    return { instances: [{ b64: data.toString('base64') }] }
  }
  throw new HandlerError(415, `Unsupported content type "${context.requestContentType}"`)
}

export const outputHandler: OutputHandler = (response) => {
  if (response.statusCode !== 200) throw new HandlerError(response.statusCode, response.text())
  return [response.content, 'application/json']
}
