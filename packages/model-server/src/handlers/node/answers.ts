import { falconError } from '../../faces/falcon-error.ts'
import { type FaceResponse, jsonResponse } from '../../faces/http.ts'

import type { StepEnd } from './step.ts'

export interface Telling {
  /** Of the script: `code/inference.ts`. */
  readonly name: string
  readonly handlerSeconds: number
  readonly answerSeconds: number
}

/** What the client gets: the container's statuses where its worker is killed or its nginx waits in vain. */
export function answerOf(end: StepEnd, telling: Telling): FaceResponse {
  if (end.kind === 'answer')
    return { status: 200, headers: { 'content-type': end.contentType }, body: end.body }
  if (end.kind === 'input') return errorAnswer(500, `${telling.name} gave no answer`)
  if (end.kind === 'thrown') return errorAnswer(end.statusCode ?? 500, end.message)
  if (end.kind === 'lost') return errorAnswer(502, `The thread that ran ${telling.name} ${end.reason}`)
  return end.limit === 'handler'
    ? errorAnswer(502, `${telling.name} ${within(telling.handlerSeconds, 'GUNICORN_TIMEOUT')}`)
    : errorAnswer(504, `The answer ${within(telling.answerSeconds, 'NGINX_PROXY_READ_TIMEOUT')}`)
}

/** From level 2.20 on, a model's error never reaches `outputHandler`. Source: python_service.py of that level. */
export const modelErrorAnswer = ({ status, body }: FaceResponse): FaceResponse =>
  falconError(status, Buffer.from(body).toString())

const errorAnswer = (status: number, error: string): FaceResponse =>
  jsonResponse(status, JSON.stringify({ error }))

const within = (seconds: number, variable: string): string =>
  `took longer than ${seconds} s (SAGEMAKER_${variable}_SECONDS)`
